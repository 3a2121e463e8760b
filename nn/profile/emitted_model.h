// What tests about compiled models share: a model emitted into a directory of the test's own, what it should answer, and a
// way to damage it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "linnet/emit/emit.h"
#include "linnet/profile/profile.h"
#include "linnet/reference/int8_interpreter.h"
#include "subprocess.h"

namespace linnet::profile {

inline bool HasTool(const std::string& tool) {
  const auto found = RunProgram({tool, "--version"}, std::filesystem::temp_directory_path(), std::chrono::seconds(30));
  return found.has_value();
}
inline bool HasBoard() { return HasTool("arm-none-eabi-g++") && HasTool("qemu-system-arm"); }

inline std::vector<Bytes> Interpret(const graph::Graph& graph, const std::vector<Bytes>& inputs) {
  auto interpreter = reference::Int8Interpreter::Create(graph);
  EXPECT_TRUE(interpreter) << interpreter.error().message;
  std::vector<Bytes> outputs;
  for (const Bytes& input : inputs) {
    interpreter->Run({reinterpret_cast<const int8_t*>(input.data()), input.size()});
    outputs.emplace_back(interpreter->output().begin(), interpreter->output().end());
  }
  return outputs;
}

class EmittedModel : public testing::Test {
 protected:
  void SetUp() override {
    auto work = TemporaryDirectory::Create();
    ASSERT_TRUE(work);
    work_.emplace(std::move(*work));
    model_ = work_->path() / "model";
  }

  void EmitModel(const graph::Graph& graph, size_t vector_count = 2, const graph::Graph* float_graph = nullptr) {
    const auto inputs =
        RandomInputs(static_cast<size_t>(graph::ElementCount(graph.tensor(graph.inputs[0]).shape)), vector_count, 7);
    const emit::GoldenVectors vectors{inputs, Interpret(graph, inputs)};
    emit::Options options;
    options.name = "test";
    options.float_graph = float_graph;
    options.prefer = prefer_;
    const auto report = emit::Emit(graph, vectors, options, model_);
    ASSERT_TRUE(report) << report.error().message;
    report_ = *report;
  }

  std::optional<TemporaryDirectory> work_;
  std::filesystem::path model_;
  emit::Report report_;
  emit::Prefer prefer_ = emit::Prefer::kInstructions;
};

// Replaces text in model.cc, as a fault of the code generator would.
inline void Sabotage(const std::filesystem::path& model, const std::string& from, const std::string& to) {
  auto bytes = ReadWholeFile(model / "model.cc");
  ASSERT_TRUE(bytes);
  std::string text(bytes->begin(), bytes->end());
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, from.size(), to);
  ASSERT_TRUE(WriteWholeFile(model / "model.cc", {text.begin(), text.end()}));
}

}  // namespace linnet::profile
