// Which importer a file gets, and what is said about files that no importer takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "linnet/import/import.h"

namespace linnet::import {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

Error ErrorOf(const std::string& file, std::string_view text) {
  const auto graph = ImportBytes(file, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  return graph ? Error(Status::kOk, graph::ToText(*graph)) : graph.error();
}

TEST(ImportFile, NamesThePath) {
  const auto missing = ImportFile("no/such/file.pb");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().status, Status::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("no/such/file.pb: there is no such file"));
}

constexpr std::string_view kGraphDef(
    "\x0a\x32"                      // node
    "\x0a\x01x\x12\x0bPlaceholder"  // name, op
    "*\x0b\x0a\x05"
    "dtype\x12\x02\x30\x01"                                            // attr dtype: float
    "*\x13\x0a\x05shape\x12\x0a:\x08\x12\x02\x08\x01\x12\x02\x08\x02"  // attr shape: [1,2]
    "\x0a\x0c"                                                         // node
    "\x0a\x01y\x12\x04Relu\x1a\x01x",                                  // name, op, input
    66);

TEST(ImportFile, GraphDefByExtension) {
  const Error text = ErrorOf("folder/net.pb", kGraphDef);
  EXPECT_THAT(text.message, AllOf(HasSubstr("input x float32[1,2]"), HasSubstr("Relu \"y\"")));
}

TEST(ImportFile, TensorFlowLiteByContentWhateverItIsCalled) {
  const Error error = ErrorOf("net.bin", std::string_view("\x1c\0\0\0TFL3", 8));
  EXPECT_EQ(error.status, Status::kDataLoss);
  EXPECT_THAT(error.message, StartsWith("net.bin: cut short or damaged"));
  EXPECT_THAT(ErrorOf("net.tflite", "abcdefghijkl").message, HasSubstr("not a TensorFlow Lite file"));
}

TEST(ImportFile, OnnxByContentOrExtension) {
  constexpr std::string_view kOnnx(
      "\x08\x08"                                // ir_version
      "\x3a\x28"                                // graph
      "\x0a\x0c\x0a\x01x\x12\x01y\x22\x04Relu"  // node: input, output, op_type
      "\x5a\x13\x0a\x01x\x12\x0e\x0a\x0c\x08\x01\x12\x08\x0a\x02\x08\x01\x0a\x02\x08\x02"  // input x: float [1,2]
      "\x62\x03\x0a\x01y"                                                                  // output
      "\x42\x02\x10\x0d",                                                                  // opset 13
      48);
  EXPECT_THAT(ErrorOf("net.bin", kOnnx).message, AllOf(HasSubstr("input x float32[1,2]"), HasSubstr("Relu \"y\"")));
  EXPECT_THAT(ErrorOf("net.onnx", kOnnx.substr(0, 20)).message, HasSubstr("net.onnx: cut short"));
}

TEST(ImportFile, OtherKindsAreNamedWithTheWayToConvertThem) {
  const auto expect = [](const std::string& file, std::string_view bytes, const char* what, const char* way_out) {
    const Error error = ErrorOf(file, bytes);
    EXPECT_EQ(error.status, Status::kUnimplemented) << file;
    EXPECT_THAT(error.message, AllOf(StartsWith(file + ": this is "), HasSubstr(what), HasSubstr(way_out),
                                     HasSubstr("supported: .pb")));
  };
  expect("a/saved_model.pb", "\x08\x01\x12\x04zzzz", "SavedModel", "from_saved_model");
  expect("net.pb", "\x08\x01\x12\x04zzzz", "SavedModel", "from_saved_model");
  expect("net.pb", "node {\n  name: \"x\"", "as text", "as_text=False");
  expect("net.bin", "\x89HDF\r\n\x1a\n....", "Keras", "from_keras_model");
  expect("net.keras", "PK\x03\x04...", "Keras", "from_keras_model");
  expect("net.pt", "PK\x03\x04...", "PyTorch", "torch.onnx.export");
  expect("net.bin", "PK\x03\x04...", "zip archive", ".onnx or .tflite");
  expect("net.model", "\x80\x02}q...", "pickle", "torch.onnx.export");
  expect("net.ckpt", "....", "checkpoint", "convert_variables_to_constants");
  expect("net.ckpt-100.index", "....", "checkpoint", "convert_variables_to_constants");
  expect("net.ckpt.data-00000-of-00001", "....", "checkpoint", "convert_variables_to_constants");
  expect("net.ckpt.meta", "....", "MetaGraph", "convert_variables_to_constants");
}

TEST(ImportFile, FoldersEmptyAndUnknownFiles) {
  EXPECT_EQ(ErrorOf("net.pb", "").status, Status::kDataLoss);
  EXPECT_THAT(ErrorOf("net.xyz", "abc").message, HasSubstr("files of this kind can't be compiled; supported: .pb ("));

  std::string name = (fs::temp_directory_path() / "linnet_import_XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  EXPECT_THAT(ImportFile(name).error().message, HasSubstr("this is a folder; give the model's file"));
  std::ofstream(fs::path(name) / "saved_model.pb") << "x";
  EXPECT_THAT(ImportFile(name).error().message, HasSubstr("the folder of a TensorFlow SavedModel; convert it with"));
  fs::remove_all(name);
}

TEST(ImportFile, LargerThanTheLimit) {
  ImportOptions options;
  options.max_file_bytes = 10;
  const auto graph =
      ImportBytes("net.pb", {reinterpret_cast<const uint8_t*>(kGraphDef.data()), kGraphDef.size()}, options);
  ASSERT_FALSE(graph.has_value());
  EXPECT_EQ(graph.error().status, Status::kResourceExhausted);
}

}  // namespace
}  // namespace linnet::import
