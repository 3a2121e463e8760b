// Importing what a GraphDefBuilder holds, for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "graphdef_builder.h"
#include "linnet/graphdef/import_graphdef.h"
#include "linnet/reference/float_interpreter.h"

namespace linnet::graphdef {

inline std::string TextOf(const GraphDefBuilder& builder, const ImportOptions& options = {}) {
  const auto graph = ImportGraphDef(builder.Bytes(), options);
  return graph ? graph::ToText(*graph) : "error: " + graph.error().message;
}

inline Error ErrorOf(const GraphDefBuilder& builder, const ImportOptions& options = {}) {
  const auto graph = ImportGraphDef(builder.Bytes(), options);
  return graph ? Error(Status::kOk, graph::ToText(*graph)) : graph.error();
}

// What the network answers to `input`; empty with a failed expectation where it can't be imported or run.
inline std::vector<float> AnswerOf(const GraphDefBuilder& builder, const std::vector<float>& input) {
  const auto graph = ImportGraphDef(builder.Bytes());
  if (!graph) {
    ADD_FAILURE() << graph.error().message;
    return {};
  }
  auto interpreter = reference::FloatInterpreter::Create(*graph);
  if (!interpreter) {
    ADD_FAILURE() << interpreter.error().message;
    return {};
  }
  interpreter->Run(input);
  return {interpreter->output().begin(), interpreter->output().end()};
}

}  // namespace linnet::graphdef
