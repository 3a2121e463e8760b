// A verified file: the one subgraph, its operators with checked indices, its buffers. Everything that walks the file
// goes through here, so that no index or offset is used unchecked.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/base/error.h"
#include "linnet/tflite/import_tflite.h"
#include "linnet_tflite/tflite_schema_generated.h"

namespace linnet::tflite {

struct OperatorView {
  schema::BuiltinOperator op = schema::BuiltinOperator::CUSTOM;
  std::string custom;        // the custom operator's name
  std::vector<int> inputs;   // tensors of the subgraph, -1 where an optional one is absent
  std::vector<int> outputs;  // tensors of the subgraph
  std::vector<int> intermediates;
  const schema::Operator* table = nullptr;
};

class FileView {
 public:
  // Keeps references into `file`, which must be aligned to 8 bytes. Errors as ImportTflite's.
  static Outcome<FileView> Open(std::span<const uint8_t> file, const Options& options);

  int tensor_count() const { return static_cast<int>(subgraph_->tensors()->size()); }
  const schema::Tensor& tensor(int index) const { return *subgraph_->tensors()->Get(static_cast<unsigned>(index)); }
  const std::vector<OperatorView>& operators() const { return operators_; }
  const std::vector<int>& inputs() const { return inputs_; }
  const std::vector<int>& outputs() const { return outputs_; }

  // The bytes that the tensor is filled with; empty where it has none. An error if they lie outside the file.
  Outcome<std::span<const uint8_t>> Data(int tensor) const;

 private:
  Outcome<void> TakeSubgraph();
  Outcome<void> TakeOperators(const Options& options);
  Outcome<OperatorView> TakeOperator(const schema::Operator& op, size_t index, size_t& edges) const;

  std::span<const uint8_t> file_;
  const schema::Model* model_ = nullptr;
  const schema::SubGraph* subgraph_ = nullptr;
  std::vector<OperatorView> operators_;
  std::vector<int> inputs_;
  std::vector<int> outputs_;
};

// "CONV_2D"; "operator 207" for one without a name, "custom operator 'x'".
std::string NameOf(const OperatorView& op);
std::string NameOf(schema::TensorType type);  // "uint8"

// The dimensions as the file has them, -1 and 0 included. At most 8 are read.
//   kUnimplemented: more than 8 dimensions
Outcome<std::vector<int64_t>> FileShape(const schema::Tensor& tensor);

}  // namespace linnet::tflite
