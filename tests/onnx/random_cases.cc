// Chains of operators whose kinds, sizes and attributes a random generator picks.
#include <algorithm>

#include "cases.h"
#include "network.h"

namespace linnet::tests {
namespace {

using onnx::OnnxBuilder;

// A network that grows, with the shape of its last answer.
struct Chain {
  Network net;
  std::mt19937 random;
  std::string x = "x";
  Dims shape;

  Chain(int opset, uint32_t seed) : net(opset, seed), random(seed + 1) {}
  int64_t Pick(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(random() % static_cast<uint64_t>(most - least + 1));
  }
  bool Coin() { return Pick(0, 1) == 1; }
};

void GrowConvolution(Chain& c) {
  const int64_t in = c.shape[1];
  const int64_t group = c.Pick(0, 3) == 0 ? in : (in % 2 == 0 && c.Coin()) ? 2 : 1;
  const int64_t out = group * c.Pick(1, 4);
  Dims weights{out, in / group};
  Dims strides;
  Dims pads(4);
  Dims dilations;
  Dims after{1, out};
  for (size_t d = 0; d < 2; ++d) {
    const int64_t extent = c.shape[2 + d];
    const int64_t kernel = c.Pick(1, std::min<int64_t>(3, extent));
    const int64_t dilation = kernel > 1 && extent >= 2 * kernel ? c.Pick(1, 2) : 1;
    const int64_t window = (kernel - 1) * dilation + 1;
    pads[d] = c.Pick(0, window - 1);
    pads[2 + d] = c.Pick(0, window - 1);
    strides.push_back(c.Pick(1, 2));
    dilations.push_back(dilation);
    weights.push_back(kernel);
    after.push_back((extent + pads[d] + pads[2 + d] - window) / strides[d] + 1);
  }
  c.x = c.net.Conv(c.x, weights, strides, pads, group, dilations);
  c.shape = after;
}

void GrowPool(Chain& c) {
  const std::string op = c.Coin() ? "MaxPool" : "AveragePool";
  Dims kernel, strides, pads(4);
  for (size_t d = 0; d < 2; ++d) {
    const int64_t extent = c.shape[2 + d];
    kernel.push_back(c.Pick(1, std::min<int64_t>(3, extent)));
    strides.push_back(c.Pick(1, 2));
    pads[d] = c.Pick(0, kernel[d] - 1);
    pads[2 + d] = c.Pick(0, kernel[d] - 1);
    c.shape[2 + d] = (extent + pads[d] + pads[2 + d] - kernel[d]) / strides[d] + 1;
  }
  c.x = c.net.Pool(op, c.x, kernel, strides, pads, {0, op == "AveragePool" ? c.Pick(0, 1) : 0});
}

void GrowTransposition(Chain& c) {
  std::vector<int64_t> order{1, 2, 3};
  std::shuffle(order.begin(), order.end(), c.random);
  order.insert(order.begin(), 0);
  c.x = c.net.WithInts("Transpose", c.x, "perm", order);
  Dims turned;
  for (const int64_t d : order) turned.push_back(c.shape[static_cast<size_t>(d)]);
  c.shape = turned;
}

void GrowReshape(Chain& c) {  // two dimensions trade places without moving elements
  const auto a = static_cast<size_t>(c.Pick(1, 3));
  const auto b = static_cast<size_t>(c.Pick(1, 3));
  std::swap(c.shape[a], c.shape[b]);
  Dims target = c.shape;
  target[a] = -1;
  c.x = c.net.Reshape(c.x, target);
}

void GrowBroadcast(Chain& c) {
  static constexpr const char* kOps[] = {"Add", "Sub", "Mul", "Max"};
  Dims other = c.shape;
  for (int64_t& d : other) d = c.Coin() ? 1 : d;
  other.erase(other.begin(), other.begin() + c.Pick(0, 3));
  const std::string name = c.net.Fresh("operand");
  c.net.builder.Floats(name, other, c.net.Numbers(other));
  const bool first = c.Coin();
  c.x = c.net.Op(kOps[c.Pick(0, 3)], first ? std::vector<std::string>{name, c.x} : std::vector<std::string>{c.x, name});
}

void GrowConcat(Chain& c) {
  const int64_t axis = c.Pick(1, 3);
  Dims other = c.shape;
  other[static_cast<size_t>(axis)] = c.Pick(1, 3);
  const std::string more = c.net.Fresh("more");
  c.net.builder.Floats(more, other, c.net.Numbers(other));
  const std::string relu = c.net.Op("Relu", {c.x});
  const std::string name = c.net.Fresh("concat");
  OnnxBuilder::SetInt(c.net.builder.Node("Concat", {c.x, more, relu}, name), "axis", axis - (c.Coin() ? 4 : 0));
  c.x = name;
  auto& extent = c.shape[static_cast<size_t>(axis)];
  extent = 2 * extent + other[static_cast<size_t>(axis)];
}

void GrowSlice(Chain& c) {
  const int64_t axis = c.Pick(1, 3);
  int64_t& extent = c.shape[static_cast<size_t>(axis)];
  const int64_t begin = c.Pick(0, extent - 1);
  const int64_t end = c.Pick(begin + 1, extent);
  const int64_t step = c.Pick(1, 2);
  const std::string name = c.net.Fresh("slice");
  c.net.builder.Ints(name + "_b", {1}, {begin});
  c.net.builder.Ints(name + "_e", {1}, {end});
  c.net.builder.Ints(name + "_a", {1}, {axis});
  c.net.builder.Ints(name + "_s", {1}, {step});
  c.x = c.net.Op("Slice", {c.x, name + "_b", name + "_e", name + "_a", name + "_s"});
  extent = (end - begin - 1) / step + 1;
}

void GrowActivation(Chain& c) {
  static constexpr const char* kOps[] = {"Relu", "Sigmoid", "Tanh", "LeakyRelu", "Dropout", "Identity"};
  c.x = c.net.Op(kOps[c.Pick(0, 5)], {c.x});
}

void GrowSoftmax(Chain& c) { c.x = c.net.WithInts("Softmax", c.x, "axis", {c.Pick(1, 3)}); }
void GrowNorm(Chain& c) { c.x = c.net.BatchNorm(c.x, c.shape[1]); }

void GrowMean(Chain& c) {
  const int64_t axis = c.Pick(1, 3);
  c.x = c.net.WithInts("ReduceMean", c.x, "axes", {axis});
  c.shape[static_cast<size_t>(axis)] = 1;
}

// The last steps may leave the four dimensions.
void End(Chain& c) {
  int64_t count = 1;
  for (const int64_t d : c.shape) count *= d;
  switch (c.Pick(0, 3)) {
    case 0: c.x = c.net.Gemm(c.net.WithInts("Flatten", c.x, "axis", {1}), count, c.Pick(1, 6)); break;
    case 1: c.x = c.net.WithInts("Flatten", c.net.Op("GlobalAveragePool", {c.x}), "axis", {1}); break;
    case 2: c.x = c.net.Reshape(c.x, {1, -1, c.shape[3]}); break;
    default: c.x = c.net.Op("LeakyRelu", {c.x});
  }
  c.net.Output(c.x);
}

}  // namespace

std::vector<OnnxCase> RandomCases(uint32_t seed, int count) {
  static constexpr void (*kSteps[])(Chain&) = {GrowConvolution, GrowPool,   GrowTransposition, GrowReshape,
                                               GrowBroadcast,   GrowConcat, GrowSlice,         GrowActivation,
                                               GrowSoftmax,     GrowNorm,   GrowMean,          GrowConvolution};
  std::vector<OnnxCase> cases;
  for (int i = 0; i < count; ++i) {
    Chain c(13, seed + static_cast<uint32_t>(i) * 2);
    c.shape = {1, c.Pick(1, 5), c.Pick(1, 9), c.Pick(1, 9)};
    c.net.Input(c.shape);
    // A Transpose first or last thing could say that the file is channels-last: that has a case of its own.
    c.x = c.net.Op("LeakyRelu", {c.x});
    for (int64_t left = c.Pick(1, 8); left > 0; --left) kSteps[c.Pick(0, std::size(kSteps) - 1)](c);
    End(c);
    cases.push_back(
        {"random" + std::to_string(seed + static_cast<uint32_t>(i) * 2), c.net.Bytes(), c.net.input_shape(), false});
  }
  return cases;
}

}  // namespace linnet::tests
