#include "linnet/graph/graph_file.h"

#include <cstring>
#include <type_traits>
#include <utility>

namespace linnet::graph {
namespace {

constexpr uint8_t kMagic[] = {'L', 'N', 'G', 'R', 2};
constexpr int64_t kElementsMax = int64_t{1} << 31;

// Greatest value of each enumeration, for the reader.
template <typename T>
constexpr uint64_t kLast = 0;
template <>
constexpr uint64_t kLast<DType> = static_cast<uint64_t>(DType::kUint8);
template <>
constexpr uint64_t kLast<Padding> = static_cast<uint64_t>(Padding::kExplicit);
template <>
constexpr uint64_t kLast<Activation> = static_cast<uint64_t>(Activation::kReluN1To1);
template <>
constexpr uint64_t kLast<OpKind> = static_cast<uint64_t>(OpKind::kSvdf);
template <>
constexpr uint64_t kLast<Arithmetic> = static_cast<uint64_t>(Arithmetic::kTflite);

class Writer {
 public:
  explicit Writer(std::vector<uint8_t>& out) : out_(out) {}

  void Unsigned(uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<uint8_t>(value | 0x80));
    out_.push_back(static_cast<uint8_t>(value));
  }
  void Value(bool value) { Unsigned(value ? 1 : 0); }
  void Value(float value) {
    uint32_t bits = 0;
    std::memcpy(&bits, &value, 4);
    for (int i = 0; i < 4; ++i) out_.push_back(static_cast<uint8_t>(bits >> (8 * i)));
  }
  template <typename T>
  requires std::is_enum_v<T>
  void Value(T value) { Unsigned(static_cast<uint64_t>(value)); }
  template <typename T>
  requires(std::is_integral_v<T>&& std::is_signed_v<T>) void Value(T value) {
    const auto wide = static_cast<int64_t>(value);
    Unsigned((static_cast<uint64_t>(wide) << 1) ^ static_cast<uint64_t>(wide >> 63));
  }
  template <typename T>
  void Bytes(const T& bytes) {
    Unsigned(bytes.size());
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  template <typename T, typename Each>
  void List(const std::vector<T>& list, Each each) {
    Unsigned(list.size());
    for (const T& element : list) each(element);
  }

 private:
  std::vector<uint8_t>& out_;
};

// Zeros after the first thing that is wrong; `ok` tells.
class Reader {
 public:
  explicit Reader(ByteSpan in) : in_(in) {}
  bool ok() const { return ok_; }
  size_t left() const { return in_.size(); }

  uint64_t Unsigned() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    return 0;
  }
  void Value(bool& value) { value = Limited(1) != 0; }
  void Value(float& value) {
    uint32_t bits = 0;
    for (int i = 0; i < 4; ++i) bits |= static_cast<uint32_t>(Byte()) << (8 * i);
    std::memcpy(&value, &bits, 4);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void Value(T& value) { value = static_cast<T>(Limited(kLast<T>)); }
  template <typename T>
  requires(std::is_integral_v<T>&& std::is_signed_v<T>) void Value(T& value) {
    const uint64_t zigzag = Unsigned();
    const auto wide = static_cast<int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
    value = static_cast<T>(wide);
    if (value != wide) ok_ = false;
  }
  template <typename T>
  void Bytes(T& bytes) {
    const uint64_t size = Size();
    bytes.assign(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(size));
    in_ = in_.subspan(size);
  }
  // An element takes a byte at the least, so a list is never longer than the file.
  template <typename T, typename Each>
  void List(std::vector<T>& list, Each each) {
    list.clear();
    const uint64_t count = Size();
    for (uint64_t i = 0; i < count && ok_; ++i) each(list.emplace_back());
  }
  // Of a list: no more than what is left behind it.
  uint64_t Size() {
    const uint64_t size = Unsigned();
    if (size <= in_.size()) return size;
    ok_ = false;
    return 0;
  }
  uint64_t Limited(uint64_t last) {
    const uint64_t value = Unsigned();
    if (value <= last) return value;
    ok_ = false;
    return 0;
  }

 private:
  uint8_t Byte() {
    if (in_.empty()) {
      ok_ = false;
      return 0;
    }
    const uint8_t byte = in_.front();
    in_ = in_.subspan(1);
    return byte;
  }

  ByteSpan in_;
  bool ok_ = true;
};

// What stands in the file, in order; `A` writes or reads, T is const for one and not for the other.
template <typename A, typename... T>
void Values(A& a, T&... values) {
  (a.Value(values), ...);
}
template <typename A, typename T>
void Numbers(A& a, T& list) {
  a.List(list, [&](auto& value) { a.Value(value); });
}

template <typename A, typename T>
void WindowFields(A& a, T& w) {
  Values(a, w.stride_h, w.stride_w, w.dilation_h, w.dilation_w, w.padding);
  Values(a, w.pad_top, w.pad_bottom, w.pad_left, w.pad_right, w.kernel_h, w.kernel_w);
}

template <typename A, typename T>
void AttributeFields(A& a, T& t) {
  using Type = std::remove_const_t<T>;
  if constexpr (std::is_same_v<Type, ConvAttributes> || std::is_same_v<Type, PoolAttributes>) {
    WindowFields(a, t.window);
    Values(a, t.activation);
  } else if constexpr (std::is_same_v<Type, FullyConnectedAttributes> || std::is_same_v<Type, ActivationAttributes>) {
    Values(a, t.activation);
  } else if constexpr (std::is_same_v<Type, PadAttributes>) {
    a.List(t.amounts, [&](auto& amount) { Values(a, amount.first, amount.second); });
    Values(a, t.value);
  } else if constexpr (std::is_same_v<Type, ReduceAttributes>) {
    Numbers(a, t.axes);
    Values(a, t.keep_dims);
  } else if constexpr (std::is_same_v<Type, TransposeConvAttributes>) {
    WindowFields(a, t.window);
    Values(a, t.out_h, t.out_w, t.activation);
  } else if constexpr (std::is_same_v<Type, ConcatAttributes>) {
    Values(a, t.axis, t.activation);
  } else if constexpr (std::is_same_v<Type, TransposeAttributes>) {
    Numbers(a, t.permutation);
  } else if constexpr (std::is_same_v<Type, SliceAttributes>) {
    a.List(t.ranges, [&](auto& range) { Values(a, range.begin, range.step, range.count); });
  } else if constexpr (std::is_same_v<Type, ResizeAttributes>) {
    Values(a, t.out_h, t.out_w, t.align_corners, t.half_pixel_centers);
  } else if constexpr (std::is_same_v<Type, LeakyReluAttributes>) {
    Values(a, t.alpha);
  } else if constexpr (std::is_same_v<Type, ClampAttributes>) {
    Values(a, t.lo, t.hi);
  } else if constexpr (std::is_same_v<Type, SoftmaxAttributes>) {
    Values(a, t.beta);
  } else if constexpr (std::is_same_v<Type, LstmAttributes>) {
    Values(a, t.time_major, t.cell_clip, t.cell_scale, t.hidden_scale, t.hidden_zero_point);
  } else if constexpr (std::is_same_v<Type, SvdfAttributes>) {
    Values(a, t.rank, t.activation, t.state_type, t.state_scale, t.state_zero_point);
  } else {
    static_assert(std::is_same_v<Type, NoAttributes>);
  }
}

void Kind(Writer& w, const Attributes& attributes) { w.Unsigned(attributes.index()); }
void Kind(Reader& r, Attributes& attributes) {
  const uint64_t index = r.Limited(std::variant_size_v<Attributes> - 1);
  [&]<size_t... i>(std::index_sequence<i...>) {
    ((i == index ? static_cast<void>(attributes.emplace<i>()) : void()), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Attributes>>{});
}

template <typename A, typename G>
void GraphFields(A& a, G& g) {
  a.Bytes(g.name);
  Values(a, g.arithmetic);
  a.List(g.tensors, [&](auto& t) {
    a.Bytes(t.name);
    Values(a, t.type);
    Numbers(a, t.shape);
    Numbers(a, t.quantization.scales);
    Numbers(a, t.quantization.zero_points);
    Values(a, t.quantization.axis, t.quantization.bits, t.constant);
    a.Bytes(t.data);
    Numbers(a, t.learned.min);
    if (t.learned.empty()) return;
    Numbers(a, t.learned.max);
    Values(a, t.learned.bits, t.learned.narrow_range);
  });
  a.List(g.nodes, [&](auto& n) {
    Values(a, n.op);
    a.Bytes(n.name);
    Numbers(a, n.inputs);
    Numbers(a, n.outputs);
    Kind(a, n.attributes);
    std::visit([&](auto& attributes) { AttributeFields(a, attributes); }, n.attributes);
  });
  Numbers(a, g.inputs);
  Numbers(a, g.outputs);
}

bool SizesFit(const Graph& graph) {
  for (const Tensor& tensor : graph.tensors) {
    int64_t elements = 1;
    for (const int64_t extent : tensor.shape) {
      if (extent < 0 || extent > kElementsMax || (extent > 0 && elements > kElementsMax / extent)) return false;
      elements *= extent;
    }
  }
  return true;
}

}  // namespace

std::vector<uint8_t> ToFile(const Graph& graph) {
  std::vector<uint8_t> file(std::begin(kMagic), std::end(kMagic));
  Writer writer(file);
  GraphFields(writer, graph);
  return file;
}

Outcome<Graph> FromFile(ByteSpan file) {
  if (file.size() < sizeof kMagic || std::memcmp(file.data(), kMagic, sizeof kMagic - 1) != 0)
    return Fail(Status::kInvalidArgument, "not a graph that linnet compile kept");
  if (file[4] != kMagic[4])
    return Fail(Status::kInvalidArgument, "a graph of another version of Linnet; compile the model again");
  Reader reader(file.subspan(sizeof kMagic));
  Graph graph;
  GraphFields(reader, graph);
  if (!reader.ok()) return Fail(Status::kDataLoss, "the graph ends early or is damaged; compile the model again");
  if (reader.left() != 0) return Fail(Status::kInvalidArgument, "there is more in the file than a graph");
  if (!SizesFit(graph))
    return Fail(Status::kInvalidArgument, "a tensor of the graph has no size that a network can have");
  if (auto sound = Verify(graph); !sound) return std::unexpected(sound.error());
  return graph;
}

}  // namespace linnet::graph
