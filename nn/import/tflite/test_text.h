// A file as a test sees it: the graph, its text, or what the importer says.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "linnet/tflite/import_tflite.h"
#include "tflite_builder.h"

namespace linnet::tflite {

inline std::string TextOf(const TfliteBuilder& builder) {
  const auto graph = ImportTflite(builder.Bytes());
  return graph ? graph::ToText(*graph) : "error: " + graph.error().message;
}

inline graph::Graph GraphOf(const TfliteBuilder& builder) {
  auto graph = ImportTflite(builder.Bytes());
  if (graph) return *std::move(graph);
  ADD_FAILURE() << graph.error().message;
  return {};
}

}  // namespace linnet::tflite
