// Dropout as TensorFlow 1.x leaves it in a frozen training graph:
//   keep (a Const, 1 - rate, or a Placeholder)      Shape(x) -> RandomUniform -> * (max - min) -> + min
//   mask = Floor(keep + random)   or   Cast(random >= rate)
//   y = (x / keep) * mask         or   (x * (1 / keep)) * mask
// In inference y = x. The random numbers are followed downwards; where they meet data in a Mul, that must be a dropout.
#include <cmath>

#include "view.h"

namespace linnet::graphdef {
namespace {

bool IsRandom(const std::string& op) { return op == "RandomUniform"; }
bool IsAdd(const std::string& op) { return op == "Add" || op == "AddV2"; }
bool IsDivide(const std::string& op) { return op == "RealDiv" || op == "Div"; }

class DropoutFinder {
 public:
  explicit DropoutFinder(const GraphDefView& view) : view_(view), noise_(static_cast<size_t>(view.node_count()), 0) {}

  std::vector<int> Find() {
    SpreadNoise();
    std::vector<int> replaced(static_cast<size_t>(view_.node_count()), -1);
    for (int i = 0; i < view_.node_count(); ++i) {
      if (view_.node(i).op() != "Mul" || view_.inputs(i).size() != 2) continue;
      const int a = view_.inputs(i)[0];
      const int b = view_.inputs(i)[1];
      if (a < 0 || b < 0 || IsNoise(a) == IsNoise(b)) continue;
      const int mask = IsNoise(a) ? a : b;
      const int data = IsNoise(a) ? b : a;
      replaced[static_cast<size_t>(i)] = Unscaled(data, mask);
    }
    return replaced;
  }

 private:
  bool IsNoise(int layer) const { return noise_[static_cast<size_t>(layer)] != 0; }

  // Marks what computes with random numbers up to the mask. A dropout's last Mul is where noise ends: the operators
  // below are those of a mask only.
  void SpreadNoise() {
    std::vector<std::vector<int>> readers(noise_.size());
    std::vector<int> waiting;
    for (int i = 0; i < view_.node_count(); ++i) {
      if (IsRandom(view_.node(i).op())) waiting.push_back(i);
      for (const int input : view_.inputs(i)) {
        if (input >= 0) readers[static_cast<size_t>(input)].push_back(i);
      }
    }
    while (!waiting.empty()) {
      const int i = waiting.back();
      waiting.pop_back();
      if (IsNoise(i) || !MakesNoise(i)) continue;
      noise_[static_cast<size_t>(i)] = 1;
      waiting.insert(waiting.end(), readers[static_cast<size_t>(i)].begin(), readers[static_cast<size_t>(i)].end());
    }
  }

  bool MakesNoise(int i) const {
    const std::string& op = view_.node(i).op();
    if (IsRandom(op)) return true;
    const std::vector<int>& in = view_.inputs(i);
    const auto from_noise = [&](size_t n) { return n < in.size() && in[n] >= 0 && IsNoise(in[n]); };
    if (op == "Floor" || op == "Cast" || op == "Identity") return from_noise(0);
    if (op == "GreaterEqual" || IsAdd(op) || op == "Sub") return from_noise(0) || from_noise(1);
    // random * (max - min): a scalar, where a dropout has data
    if (op == "Mul" && in.size() == 2 && in[0] >= 0 && in[1] >= 0) {
      return (from_noise(0) && view_.ScalarValue(in[1])) || (from_noise(1) && view_.ScalarValue(in[0]));
    }
    return false;
  }

  // What x must have been divided by, seen from the mask: a layer, its value, or both.
  struct Keep {
    int layer = -1;
    std::optional<double> value;
  };

  std::optional<Keep> KeepOf(int mask) const {
    const auto skip = [&](int layer, const char* op) {
      return view_.node(layer).op() == op && !view_.inputs(layer).empty() && view_.inputs(layer)[0] >= 0
                 ? view_.inputs(layer)[0]
                 : layer;
    };
    const int inner = skip(skip(mask, "Floor"), "Cast");
    const std::vector<int>& in = view_.inputs(inner);
    if (in.size() != 2 || in[0] < 0 || in[1] < 0 || IsNoise(in[0]) == IsNoise(in[1])) return std::nullopt;
    const int other = IsNoise(in[0]) ? in[1] : in[0];
    if (IsAdd(view_.node(inner).op())) return Keep{other, view_.ScalarValue(other)};
    if (view_.node(inner).op() == "GreaterEqual") {
      const std::optional<double> rate = view_.ScalarValue(other);
      return rate ? std::optional(Keep{-1, 1 - *rate}) : std::nullopt;
    }
    return std::nullopt;
  }

  static bool Near(std::optional<double> a, std::optional<double> b) {
    return a && b && std::fabs(*a - *b) <= 1e-5 * std::fabs(*b);
  }

  bool IsKeep(int layer, const Keep& keep) const {
    return layer == keep.layer || Near(view_.ScalarValue(layer), keep.value);
  }

  bool IsInverseOfKeep(int layer, const Keep& keep) const {
    const std::vector<int>& in = view_.inputs(layer);
    if (IsDivide(view_.node(layer).op()) && in.size() == 2 && in[1] >= 0 && Near(view_.ScalarValue(in[0]), 1.0) &&
        IsKeep(in[1], keep))
      return true;
    return keep.value && *keep.value != 0 && Near(view_.ScalarValue(layer), 1.0 / *keep.value);
  }

  // The x of (x / keep) or (x * 1/keep), -1 if `data` is neither.
  int Unscaled(int data, int mask) const {
    const std::optional<Keep> keep = KeepOf(mask);
    const std::vector<int>& in = view_.inputs(data);
    if (!keep || in.size() != 2 || in[0] < 0 || in[1] < 0) return -1;
    const std::string& op = view_.node(data).op();
    if (IsDivide(op) && IsKeep(in[1], *keep)) return in[0];
    if (op == "Mul" && IsInverseOfKeep(in[1], *keep)) return in[0];
    if (op == "Mul" && IsInverseOfKeep(in[0], *keep)) return in[1];
    return -1;
  }

  const GraphDefView& view_;
  std::vector<char> noise_;
};

}  // namespace

std::vector<int> FindDropouts(const GraphDefView& view) { return DropoutFinder(view).Find(); }

}  // namespace linnet::graphdef
