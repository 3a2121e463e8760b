#include <bit>
#include <map>

#include "linnet/emit/emit.h"

namespace linnet::emit {
namespace {

using graph::Graph;
using graph::Node;
using graph::TensorId;

// Little-endian 64-bit numbers one after the other, every list after its length: no two graphs give the same bytes.
class Canonical {
 public:
  explicit Canonical(const Graph& graph) : graph_(graph) {
    hash_.Update(AsBytes("linnet-network-2"));
    Numbers(graph.inputs, [this](TensorId id) { AddTensor(id); });
    Number(graph.arithmetic);
    Number(graph.nodes.size());
    for (const Node& node : graph.nodes) AddNode(node);
    Numbers(graph.outputs, [this](TensorId id) { AddTensor(id); });
  }
  crypto::Sha256Digest Finish() { return hash_.Finish(); }

 private:
  template <typename T>
  void Number(T value) {
    auto bits = static_cast<uint64_t>(value);
    uint8_t bytes[8];
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(bits), bits >>= 8;
    hash_.Update(bytes);
  }
  void Real(float value) { Number(std::bit_cast<uint32_t>(value)); }
  template <typename List, typename Add>
  void Numbers(const List& list, Add add) {
    Number(list.size());
    for (const auto& item : list) add(item);
  }

  // By the order in which tensors are met, with their content at the first meeting. Names and unused tensors play no part.
  void AddTensor(TensorId id) {
    if (id == graph::kNoTensor) return Number(-1);
    const auto [entry, fresh] = numbers_.emplace(id, numbers_.size());
    Number(entry->second);
    if (!fresh) return;
    const graph::Tensor& tensor = graph_.tensor(id);
    Number(tensor.type);
    Numbers(tensor.shape, [this](int64_t d) { Number(d); });
    Numbers(tensor.quantization.scales, [this](float s) { Number(std::bit_cast<uint32_t>(s)); });
    Numbers(tensor.quantization.zero_points, [this](int32_t z) { Number(z); });
    if (tensor.quantization.bits != 8) Number(-2), Number(tensor.quantization.bits);  // an axis is never -2
    Number(tensor.quantization.axis);
    Number(tensor.constant);
    Number(tensor.data.size());
    hash_.Update(tensor.data);
  }

  void AddWindow(const graph::Window& w) {
    for (const int v : {w.stride_h, w.stride_w, w.dilation_h, w.dilation_w, w.pad_top, w.pad_bottom, w.pad_left,
                        w.pad_right, w.kernel_h, w.kernel_w}) {
      Number(v);
    }
  }
  void AddAttributes(const graph::NoAttributes&) {}
  void AddAttributes(const graph::ConvAttributes& a) { AddWindow(a.window), Number(a.activation); }
  void AddAttributes(const graph::FullyConnectedAttributes& a) { Number(a.activation); }
  void AddAttributes(const graph::PoolAttributes& a) { AddWindow(a.window), Number(a.activation); }
  void AddAttributes(const graph::PadAttributes& a) {
    Numbers(a.amounts, [this](const auto& pair) { Number(pair.first), Number(pair.second); });
    Real(a.value);
  }
  void AddAttributes(const graph::ReduceAttributes& a) {
    Numbers(a.axes, [this](int axis) { Number(axis); });
    Number(a.keep_dims);
  }
  void AddAttributes(const graph::ActivationAttributes& a) { Number(a.activation); }
  void AddAttributes(const graph::TransposeConvAttributes& a) {
    AddWindow(a.window), Number(a.out_h), Number(a.out_w), Number(a.activation);
  }
  void AddAttributes(const graph::ConcatAttributes& a) { Number(a.axis), Number(a.activation); }
  void AddAttributes(const graph::TransposeAttributes& a) {
    Numbers(a.permutation, [this](int d) { Number(d); });
  }
  void AddAttributes(const graph::SliceAttributes& a) {
    Numbers(a.ranges, [this](const auto& r) { Number(r.begin), Number(r.step), Number(r.count); });
  }
  void AddAttributes(const graph::ResizeAttributes& a) {
    Number(a.out_h), Number(a.out_w), Number(a.align_corners), Number(a.half_pixel_centers);
  }
  void AddAttributes(const graph::LeakyReluAttributes& a) { Real(a.alpha); }
  void AddAttributes(const graph::ClampAttributes& a) { Real(a.lo), Real(a.hi); }
  void AddAttributes(const graph::SoftmaxAttributes& a) { Real(a.beta); }
  void AddAttributes(const graph::LstmAttributes& a) {
    Number(a.time_major), Real(a.cell_clip), Real(a.cell_scale), Real(a.hidden_scale), Number(a.hidden_zero_point);
  }
  void AddAttributes(const graph::SvdfAttributes& a) {
    Number(a.rank), Number(a.activation), Number(a.state_type), Real(a.state_scale), Number(a.state_zero_point);
  }

  void AddNode(const Node& node) {
    Number(node.op);
    Numbers(node.inputs, [this](TensorId id) { AddTensor(id); });
    Numbers(node.outputs, [this](TensorId id) { AddTensor(id); });
    Number(node.attributes.index());
    std::visit([this](const auto& attributes) { AddAttributes(attributes); }, node.attributes);
  }

  const Graph& graph_;
  crypto::Sha256 hash_;
  std::map<TensorId, size_t> numbers_;
};

}  // namespace

crypto::Sha256Digest Identity(const Graph& graph) { return Canonical(graph).Finish(); }

}  // namespace linnet::emit
