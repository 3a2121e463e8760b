// kLstm and kSvdf: int8 layers whose state stays from run to run.
#include <algorithm>
#include <cstring>
#include <limits>

#include "layer.h"
#include "linnet/graph/tflite_arithmetic.h"

namespace linnet::reference {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::tflite::MultiplyByQuantizedMultiplier;

int16_t Saturated16(int32_t x) { return static_cast<int16_t>(std::clamp(x, -32768, 32767)); }

// sum of (x[k] - zero_point) * w[k]
template <typename X, typename W>
int32_t Dot(const X* x, int32_t zero_point, const W* w, size_t count) {
  int32_t sum = 0;
  for (size_t k = 0; k < count; ++k) sum += (x[k] - zero_point) * w[k];
  return sum;
}

class Lstm : public Layer {
 public:
  Lstm(const Graph& graph, const Node& node) : node_(node), p_(graph::tflite::LstmParametersOf(graph, node)) {
    const graph::Shape& in = graph.tensor(node.inputs[0]).shape;
    time_major_ = std::get<graph::LstmAttributes>(node.attributes).time_major;
    steps_ = static_cast<size_t>(in[time_major_ ? 0 : 1]);
    batch_ = static_cast<size_t>(in[time_major_ ? 1 : 0]);
    inputs_ = static_cast<size_t>(in[2]);
    units_ = static_cast<size_t>(graph.tensor(node.inputs[1]).shape[0]);
    Reset();
  }

  void Reset() override {
    hidden_.assign(batch_ * units_, static_cast<int8_t>(p_.hidden_zero_point));
    cell_.assign(batch_ * units_, 0);
  }

  void Run(Tensors& tensors) override {
    const std::span<const int8_t> in = tensors.as<int8_t>(node_.inputs[0]);
    const std::span<int8_t> out = tensors.as<int8_t>(node_.outputs[0]);
    for (size_t b = 0; b < batch_; ++b) {
      int8_t* hidden = &hidden_[b * units_];
      for (size_t t = 0; t < steps_; ++t) {
        const size_t row = time_major_ ? t * batch_ + b : b * steps_ + t;
        Step(tensors, in.data() + row * inputs_, hidden, &cell_[b * units_]);
        std::copy(hidden, hidden + units_, out.begin() + static_cast<ptrdiff_t>(row * units_));
      }
    }
  }

 private:
  // Gate g in 0..3: the input, forget, cell and output gate's sum before its function, in Q3.12.
  int16_t Gate(Tensors& tensors, size_t g, const graph::tflite::LstmGate& gate, const int8_t* x, const int8_t* hidden,
               size_t unit) {
    const int8_t* w = tensors.as<int8_t>(node_.inputs[1 + g]).data() + unit * inputs_;
    const int8_t* r = tensors.as<int8_t>(node_.inputs[5 + g]).data() + unit * units_;
    const int32_t bias = tensors.as<int32_t>(node_.inputs[9 + g])[unit];
    const int32_t from_input =
        MultiplyByQuantizedMultiplier(bias + Dot(x, p_.input_zero_point, w, inputs_), gate.input);
    const int32_t from_hidden =
        MultiplyByQuantizedMultiplier(Dot(hidden, p_.hidden_zero_point, r, units_), gate.recurrent);
    return Saturated16(Saturated16(from_input) + Saturated16(from_hidden));
  }

  void Step(Tensors& tensors, const int8_t* x, int8_t* hidden, int16_t* cell) {
    std::vector<int8_t> next(units_);  // every gate reads the old hidden state
    for (size_t u = 0; u < units_; ++u) {
      const int16_t input = graph::tflite::Sigmoid16(Gate(tensors, 0, p_.input, x, hidden, u));
      const int16_t forget = graph::tflite::Sigmoid16(Gate(tensors, 1, p_.forget, x, hidden, u));
      const int16_t candidate = graph::tflite::Tanh16(Gate(tensors, 2, p_.cell, x, hidden, u), 0);
      const int16_t output = graph::tflite::Sigmoid16(Gate(tensors, 3, p_.output, x, hidden, u));
      const int16_t kept = Saturated16(MultiplyByQuantizedMultiplier(forget * cell[u], p_.forget_cell));
      const int16_t added = Saturated16(MultiplyByQuantizedMultiplier(input * candidate, p_.input_cell));
      cell[u] = Saturated16(kept + added);
      if (p_.cell_clip > 0) cell[u] = static_cast<int16_t>(std::clamp<int32_t>(cell[u], -p_.cell_clip, p_.cell_clip));
      const int32_t shown = graph::tflite::Tanh16(cell[u], p_.cell_left_shift) * output;
      next[u] = static_cast<int8_t>(
          std::clamp(p_.hidden_zero_point + MultiplyByQuantizedMultiplier(shown, p_.hidden), -128, 127));
    }
    std::copy(next.begin(), next.end(), hidden);
  }

  Node node_;
  graph::tflite::LstmParameters p_;
  bool time_major_ = false;
  size_t steps_ = 0, batch_ = 0, inputs_ = 0, units_ = 0;
  std::vector<int8_t> hidden_;
  std::vector<int16_t> cell_;
};

template <typename State>
class Svdf : public Layer {
 public:
  Svdf(const Graph& graph, const Node& node) : node_(node), p_(graph::tflite::SvdfParametersOf(graph, node)) {
    batch_ = static_cast<size_t>(graph.tensor(node.inputs[0]).shape[0]);
    inputs_ = static_cast<size_t>(graph.tensor(node.inputs[0]).shape[1]);
    filters_ = static_cast<size_t>(graph.tensor(node.inputs[2]).shape[0]);
    memory_ = static_cast<size_t>(graph.tensor(node.inputs[2]).shape[1]);
    rank_ = static_cast<size_t>(std::get<graph::SvdfAttributes>(node.attributes).rank);
    bias_.assign(filters_ / rank_, 0);
    if (node.inputs.size() > 3 && node.inputs[3] != graph::kNoTensor)
      std::memcpy(bias_.data(), graph.tensor(node.inputs[3]).data.data(), bias_.size() * sizeof(int32_t));
    Reset();
  }

  void Reset() override { state_.assign(batch_ * filters_ * memory_, static_cast<State>(p_.state_zero_point)); }

  void Run(Tensors& tensors) override {
    const int8_t* in = tensors.as<int8_t>(node_.inputs[0]).data();
    int8_t* out = tensors.as<int8_t>(node_.outputs[0]).data();
    for (size_t b = 0; b < batch_; ++b, in += inputs_) {
      std::vector<int32_t> sums = bias_;
      for (size_t f = 0; f < filters_; ++f)
        sums[f / rank_] += Filter(tensors, in, f, &state_[(b * filters_ + f) * memory_]);
      for (const int32_t sum : sums) {
        const int32_t q = p_.output_zero_point + MultiplyByQuantizedMultiplier(sum, p_.output);
        *out++ = static_cast<int8_t>(std::clamp(q, -128, 127));
      }
    }
  }

 private:
  int32_t Filter(Tensors& tensors, const int8_t* in, size_t f, State* state) {
    const int8_t* feature = tensors.as<int8_t>(node_.inputs[1]).data() + f * inputs_;
    const State* time = tensors.as<State>(node_.inputs[2]).data() + f * memory_;
    const int32_t dot = MultiplyByQuantizedMultiplier(Dot(in, p_.input_zero_point, feature, inputs_), p_.feature);
    const int32_t newest =
        std::clamp<int32_t>(dot, std::numeric_limits<State>::min(), std::numeric_limits<State>::max());
    std::copy(state + 1, state + memory_, state);
    state[memory_ - 1] = static_cast<State>(p_.state_zero_point + newest);
    return Dot(state, p_.state_zero_point, time, memory_);
  }

  Node node_;
  graph::tflite::SvdfParameters p_;
  size_t batch_ = 0, inputs_ = 0, filters_ = 0, memory_ = 0, rank_ = 0;
  std::vector<int32_t> bias_;
  std::vector<State> state_;
};

}  // namespace

std::unique_ptr<Layer> MakeRecurrentLayer(const Graph& graph, const Node& node) {
  if (node.op == OpKind::kLstm) return std::make_unique<Lstm>(graph, node);
  if (std::get<graph::SvdfAttributes>(node.attributes).state_type == graph::DType::kInt8)
    return std::make_unique<Svdf<int8_t>>(graph, node);
  return std::make_unique<Svdf<int16_t>>(graph, node);
}

}  // namespace linnet::reference
