// Any bytes: a verified graph or an error. Most inputs choose one of the sample files and change some of its fields in place,
// so that it still passes FlatBuffers' verifier, and may damage bytes of the result; the others are the file themselves.
#include <fuzzer/FuzzedDataProvider.h>

#include "linnet/base/check.h"
#include "linnet/tflite/import_tflite.h"
#include "sample_files.h"

namespace {

using linnet::tflite::kSampleCount;
using linnet::tflite::Sample;
namespace schema = linnet::tflite::schema;
using flatbuffers::Offset;
using flatbuffers::uoffset_t;
using flatbuffers::Vector;

void Check(std::span<const uint8_t> file) {
  linnet::tflite::Options options;
  options.max_constant_bytes = size_t{1} << 20;
  const auto graph = linnet::tflite::ImportTflite(file, options);
  if (graph) {
    LINNET_CHECK(linnet::graph::Verify(*graph).has_value());
    LINNET_CHECK(!linnet::graph::ToText(*graph).empty());
  } else {
    LINNET_CHECK(!graph.error().message.empty());
  }
}

// Changes fields of a file in place.
class Changes {
 public:
  Changes(FuzzedDataProvider& data, std::vector<uint8_t>& file)
      : data_(data), model_(*schema::GetMutableModel(file.data())), graph_(*Get(model_.mutable_subgraphs(), 0)) {}

  // No more changes can be made when a table stands where another kind was: what it refers to is anywhere then.
  bool over() const { return over_; }

  void Apply() {
    switch (Below(8)) {
      case 0: return ChangeShape();
      case 1: return ChangeQuantization();
      case 2: return ChangeTensor();
      case 3: return ChangeOperator();
      case 4: return ChangeBuffer();
      case 5: return ChangeLists();
      default: return ChangeOptions();
    }
  }

 private:
  template <typename T>
  static T* Get(Vector<Offset<T>>* tables, size_t i) {
    return tables->GetMutableObject(static_cast<uoffset_t>(i));
  }
  template <typename T>
  T* Any(Vector<Offset<T>>* tables) {
    return Get(tables, Below(tables->size()));
  }
  size_t Below(size_t count) { return count == 0 ? 0 : data_.ConsumeIntegralInRange<size_t>(0, count - 1); }
  int32_t Number() {
    switch (Below(8)) {
      case 0: return data_.ConsumeIntegral<int32_t>();
      case 1: return data_.ConsumeIntegralInRange(-300, 300);
      default: return data_.ConsumeIntegralInRange(-2, 9);
    }
  }
  float Real() {
    constexpr std::array kReals = {1.0F / 256, 1.0F / 128, 0.0625F, 1.0F / 65536, 0.0F, -1.0F, 1e-38F, 3e38F};
    return data_.ConsumeBool() ? kReals[Below(kReals.size())] : data_.ConsumeFloatingPoint<float>();
  }
  int AnyTensor() { return data_.ConsumeIntegralInRange(-1, static_cast<int>(graph_.tensors()->size())); }

  // Another element, or one element fewer.
  template <typename T>
  void ChangeList(Vector<T>* list, T value) {
    if (list == nullptr || list->size() == 0) return;
    if (Below(4) == 0)
      flatbuffers::WriteScalar(reinterpret_cast<uint8_t*>(list), list->size() - 1);
    else
      list->Mutate(static_cast<uoffset_t>(Below(list->size())), value);
  }
  // Lets a field of the table refer to what lies at `target`, if that is behind it, as it must be in the format.
  template <typename Table>
  void Refer(Table* table, flatbuffers::voffset_t field, const void* target) {
    uint8_t* at = reinterpret_cast<flatbuffers::Table*>(table)->GetAddressOf(field);
    const auto distance = reinterpret_cast<const uint8_t*>(target) - at;
    if (at != nullptr && target != nullptr && distance > 0)
      flatbuffers::WriteScalar(at, static_cast<uoffset_t>(distance));
  }

  void ChangeShape() {
    schema::Tensor* tensor = Any(graph_.mutable_tensors());
    if (Below(4) != 0) return ChangeList(tensor->mutable_shape(), Number());
    const bool signature = Below(4) == 0;
    Refer(tensor, signature ? schema::Tensor::VT_SHAPE_SIGNATURE : schema::Tensor::VT_SHAPE,
          Any(graph_.mutable_tensors())->shape());
  }
  void ChangeQuantization() {
    schema::Tensor* tensor = Any(graph_.mutable_tensors());
    auto* q = tensor->mutable_quantization();
    if (q == nullptr || Below(6) == 0)
      return Refer(tensor, schema::Tensor::VT_QUANTIZATION, Any(graph_.mutable_tensors())->quantization());
    switch (Below(4)) {
      case 0: q->mutate_quantized_dimension(Number()); return;
      case 1: return ChangeList(q->mutable_zero_point(), int64_t{Number()});
      default: return ChangeList(q->mutable_scale(), Real());
    }
  }
  void ChangeTensor() {
    schema::Tensor* tensor = Any(graph_.mutable_tensors());
    switch (Below(5)) {
      case 0: tensor->mutate_is_variable(!tensor->is_variable()); return;
      case 1: tensor->mutate_buffer(static_cast<uint32_t>(Below(model_.buffers()->size() + 1))); return;
      case 2: tensor->mutate_external_buffer(static_cast<uint32_t>(Below(2))); return;
      default: tensor->mutate_type(static_cast<schema::TensorType>(data_.ConsumeIntegralInRange(-1, 21)));
    }
  }
  void ChangeOperator() {
    schema::Operator* op = Any(graph_.mutable_operators());
    switch (Below(8)) {
      case 0: return ChangeList(op->mutable_outputs(), AnyTensor());
      case 1: op->mutate_opcode_index(static_cast<uint32_t>(Below(model_.operator_codes()->size() + 1))); return;
      case 2: {
        const int code = data_.ConsumeIntegralInRange(0, 210);
        schema::OperatorCode* table = Any(model_.mutable_operator_codes());
        table->mutate_builtin_code(static_cast<schema::BuiltinOperator>(code));
        table->mutate_deprecated_builtin_code(static_cast<int8_t>(std::min(code, 127)));
        return;
      }
      case 3: return Refer(op, schema::Operator::VT_INPUTS, Any(graph_.mutable_operators())->inputs());
      case 4: return Refer(op, schema::Operator::VT_OUTPUTS, Any(graph_.mutable_operators())->outputs());
      default: return ChangeList(op->mutable_inputs(), AnyTensor());
    }
  }
  void ChangeBuffer() {
    schema::Buffer* buffer = Any(model_.mutable_buffers());
    auto* bytes = buffer->mutable_data();
    switch (Below(8)) {
      case 0: buffer->mutate_offset(Below(2) == 0 ? data_.ConsumeIntegral<uint64_t>() : Below(4096)); return;
      case 1: buffer->mutate_size(data_.ConsumeIntegral<uint16_t>()); return;
      default:
        if (bytes == nullptr || bytes->size() < 4 || data_.ConsumeBool())
          return ChangeList(bytes, data_.ConsumeIntegral<uint8_t>());
        flatbuffers::WriteScalar(bytes->Data() + Below(bytes->size() / 4) * 4, Number());  // most hold int32
    }
  }
  void ChangeLists() {
    switch (Below(4)) {
      case 0: return ChangeList(graph_.mutable_inputs(), AnyTensor());
      case 1: return ChangeList(graph_.mutable_outputs(), AnyTensor());
      case 2: return Refer(&graph_, schema::SubGraph::VT_OUTPUTS, Any(graph_.mutable_operators())->inputs());
      default:
        if (auto* operators = graph_.mutable_operators(); operators->size() > 1)
          flatbuffers::WriteScalar(reinterpret_cast<uint8_t*>(operators),
                                   static_cast<uoffset_t>(1 + Below(operators->size())));
    }
  }

  // One field of the options, or more, whatever they are.
  template <typename Options>
  void Spoil(const Options* options) {
    if (options == nullptr) return;
    Options& o = const_cast<Options&>(*options);
    const size_t which = Below(8);
    if constexpr (requires { o.fused_activation_function(); })
      if (which == 0) o.mutate_fused_activation_function(static_cast<schema::ActivationFunctionType>(Below(7)));
    if constexpr (requires { o.padding(); })
      if (which == 1) o.mutate_padding(static_cast<schema::Padding>(Below(3)));
    if constexpr (requires { o.stride_h(); }) which == 2 ? o.mutate_stride_h(Number()) : o.mutate_stride_w(Number());
    if constexpr (requires { o.dilation_h_factor(); })
      if (which == 3) o.mutate_dilation_h_factor(Number());
    if constexpr (requires { o.filter_height(); })
      if (which > 3) o.mutate_filter_height(Number());
    if constexpr (requires { o.axis(); }) o.mutate_axis(Number());
    if constexpr (requires { o.keep_dims(); }) o.mutate_keep_dims(!o.keep_dims());
    if constexpr (requires { o.keep_num_dims(); }) o.mutate_keep_num_dims(!o.keep_num_dims());
    if constexpr (requires { o.beta(); }) o.mutate_beta(Real());
    if constexpr (requires { o.alpha(); }) o.mutate_alpha(Real());
    if constexpr (requires { o.rank(); }) o.mutate_rank(Number());
    if constexpr (requires { o.cell_clip(); }) o.mutate_cell_clip(Real());
    if constexpr (requires { o.time_major(); }) o.mutate_time_major(!o.time_major());
    if constexpr (requires { o.new_shape(); }) ChangeList(o.mutable_new_shape(), Number());
    if constexpr (requires { o.squeeze_dims(); }) ChangeList(o.mutable_squeeze_dims(), Number());
    if constexpr (requires { o.begin_mask(); }) {
      const int32_t flip = 1 << Below(5);
      if (which == 0) o.mutate_begin_mask(o.begin_mask() ^ flip);
      if (which == 1) o.mutate_end_mask(o.end_mask() ^ flip);
      if (which == 2) o.mutate_ellipsis_mask(o.ellipsis_mask() ^ flip);
      if (which == 3) o.mutate_new_axis_mask(o.new_axis_mask() ^ flip);
      if (which == 4) o.mutate_shrink_axis_mask(o.shrink_axis_mask() ^ flip);
      if (which == 5) o.mutate_offset(!o.offset());
    }
  }
  void ChangeOptions() {
    schema::Operator* op = Any(graph_.mutable_operators());
    if (Below(16) == 15) {
      over_ = true;
      return Refer(op, schema::Operator::VT_BUILTIN_OPTIONS, Any(graph_.mutable_operators())->builtin_options());
    }
    Spoil(op->builtin_options_as_Conv2DOptions());
    Spoil(op->builtin_options_as_DepthwiseConv2DOptions());
    Spoil(op->builtin_options_as_Pool2DOptions());
    Spoil(op->builtin_options_as_SVDFOptions());
    Spoil(op->builtin_options_as_FullyConnectedOptions());
    Spoil(op->builtin_options_as_SoftmaxOptions());
    Spoil(op->builtin_options_as_ConcatenationOptions());
    Spoil(op->builtin_options_as_AddOptions());
    Spoil(op->builtin_options_as_SubOptions());
    Spoil(op->builtin_options_as_MulOptions());
    Spoil(op->builtin_options_as_ReshapeOptions());
    Spoil(op->builtin_options_as_ReducerOptions());
    Spoil(op->builtin_options_as_SqueezeOptions());
    Spoil(op->builtin_options_as_StridedSliceOptions());
    Spoil(op->builtin_options_as_TransposeConvOptions());
    Spoil(op->builtin_options_as_PackOptions());
    Spoil(op->builtin_options_as_UnpackOptions());
    Spoil(op->builtin_options_as_UnidirectionalSequenceLSTMOptions());
    Spoil(op->builtin_options_as_LeakyReluOptions());
  }

  bool over_ = false;
  FuzzedDataProvider& data_;
  schema::Model& model_;
  schema::SubGraph& graph_;
};

const std::vector<uint8_t>& SampleBytes(size_t index) {
  static const auto kFiles = [] {
    std::array<std::vector<uint8_t>, kSampleCount> files;
    for (size_t i = 0; i < kSampleCount; ++i) files[i] = Sample(i).Bytes(true);
    return files;
  }();
  return kFiles[index % kSampleCount];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size < 2) return 0;
  if (bytes[0] == 0xFF) {  // the rest is the file
    Check({bytes + 1, size - 1});
    return 0;
  }
  FuzzedDataProvider data(bytes + 1, size - 1);
  std::vector<uint8_t> file = SampleBytes(bytes[0]);
  const int damaged = data.ConsumeIntegralInRange(0, 15) == 15 ? 4 : 0;
  std::vector<std::pair<uint16_t, uint8_t>> damage;
  for (int i = 0; i < damaged; ++i)
    damage.emplace_back(data.ConsumeIntegral<uint16_t>(), data.ConsumeIntegral<uint8_t>());
  Changes changes(data, file);
  while (data.remaining_bytes() > 0 && !changes.over()) changes.Apply();
  for (const auto& [at, value] : damage) file[at % file.size()] = value;
  Check(file);
  return 0;
}
