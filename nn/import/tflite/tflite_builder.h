// Writes small .tflite files, for tests and the fuzzer.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "linnet_tflite/tflite_schema_generated.h"

namespace linnet::tflite {

class TfliteBuilder {
 public:
  using Op = schema::BuiltinOperator;
  using Type = schema::TensorType;
  using Dims = std::vector<int32_t>;

  TfliteBuilder() {
    model.version = 3;
    model.buffers.push_back(std::make_unique<schema::BufferT>());  // the empty one
    model.subgraphs.push_back(std::make_unique<schema::SubGraphT>());
  }

  // Index of a new tensor. A scale of 0: not quantised.
  int Tensor(std::string name, Dims shape, Type type = Type::FLOAT32, float scale = 0, int64_t zero_point = 0) {
    auto tensor = std::make_unique<schema::TensorT>();
    tensor->name = std::move(name);
    tensor->shape = std::move(shape);
    tensor->type = type;
    graph().tensors.push_back(std::move(tensor));
    const int index = static_cast<int>(graph().tensors.size()) - 1;
    if (scale != 0) Quantize(index, {scale}, {zero_point});
    return index;
  }
  int Input(std::string name, Dims shape, Type type = Type::FLOAT32, float scale = 0, int64_t zero_point = 0) {
    graph().inputs.push_back(Tensor(std::move(name), std::move(shape), type, scale, zero_point));
    return graph().inputs.back();
  }
  int Variable(std::string name, Dims shape, Type type, float scale, int64_t zero_point) {
    const int index = Tensor(std::move(name), std::move(shape), type, scale, zero_point);
    at(index).is_variable = true;
    return index;
  }
  template <typename T>
  int Constant(std::string name, Dims shape, const std::vector<T>& values, Type type) {
    const int index = Tensor(std::move(name), std::move(shape), type);
    auto buffer = std::make_unique<schema::BufferT>();
    buffer->data.resize(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(buffer->data.data(), values.data(), buffer->data.size());
    model.buffers.push_back(std::move(buffer));
    at(index).buffer = static_cast<uint32_t>(model.buffers.size() - 1);
    return index;
  }
  int Floats(std::string name, Dims shape, const std::vector<float>& values) {
    return Constant(std::move(name), std::move(shape), values, Type::FLOAT32);
  }
  int Ints(std::string name, Dims shape, const std::vector<int32_t>& values) {
    return Constant(std::move(name), std::move(shape), values, Type::INT32);
  }
  int Int8s(std::string name, Dims shape, const std::vector<int8_t>& values, std::vector<float> scales, int axis = 0) {
    const int index = Constant(std::move(name), std::move(shape), values, Type::INT8);
    std::vector<int64_t> zeros(scales.size(), 0);
    Quantize(index, std::move(scales), std::move(zeros), axis);
    return index;
  }
  void Quantize(int tensor, std::vector<float> scales, std::vector<int64_t> zero_points, int axis = 0) {
    auto q = std::make_unique<schema::QuantizationParametersT>();
    q->scale = std::move(scales);
    q->zero_point = std::move(zero_points);
    q->quantized_dimension = axis;
    at(tensor).quantization = std::move(q);
  }

  schema::OperatorT& Operator(Op op, std::vector<int32_t> inputs, std::vector<int32_t> outputs) {
    auto code = std::make_unique<schema::OperatorCodeT>();
    code->builtin_code = op;
    code->deprecated_builtin_code = static_cast<int8_t>(static_cast<int>(op) < 127 ? static_cast<int>(op) : 127);
    model.operator_codes.push_back(std::move(code));
    auto table = std::make_unique<schema::OperatorT>();
    table->opcode_index = static_cast<uint32_t>(model.operator_codes.size() - 1);
    table->inputs = std::move(inputs);
    table->outputs = std::move(outputs);
    graph().operators.push_back(std::move(table));
    return *graph().operators.back();
  }
  template <typename Options>
  schema::OperatorT& Operator(Op op, std::vector<int32_t> inputs, std::vector<int32_t> outputs, Options options) {
    schema::OperatorT& table = Operator(op, std::move(inputs), std::move(outputs));
    table.builtin_options.Set(std::move(options));
    return table;
  }
  void Output(int tensor) { graph().outputs.push_back(tensor); }

  schema::SubGraphT& graph() { return *model.subgraphs[0]; }
  schema::TensorT& at(int tensor) { return *graph().tensors[static_cast<size_t>(tensor)]; }

  // `all_fields`: fields that have their default value are written too, so that they can be changed in place.
  std::vector<uint8_t> Bytes(bool all_fields = false) const {
    flatbuffers::FlatBufferBuilder builder;
    builder.ForceDefaults(all_fields);
    schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model));
    return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
  }

  schema::ModelT model;
};

}  // namespace linnet::tflite
