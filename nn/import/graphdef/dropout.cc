// Dropout as TensorFlow 1.x leaves it in a frozen training graph, by version:
//   random = Shape(x) -> RandomUniform -> * (max - min) -> + min
//   until 1.12   mask = Floor(keep + random)           y = (x / keep) * mask, keep a Const or a Placeholder
//   1.13         the same with keep = 1 - rate
//   1.14, 1.15   mask = Cast(random >= rate)           y = (x * (1 / (1 - rate))) * mask
//   later        mask = random >= rate                 y = SelectV2(mask, x * (1 / (1 - rate)), 0)
// In inference y = x. The random numbers are followed downwards; where they meet data, that must be a dropout.
#include <cmath>

#include "view.h"

namespace linnet::graphdef {
namespace {

bool IsRandom(const std::string& op) { return op == "RandomUniform"; }
bool IsAdd(const std::string& op) { return op == "Add" || op == "AddV2"; }
bool IsDivide(const std::string& op) { return op == "RealDiv" || op == "Div"; }
bool IsComparison(const std::string& op) { return op == "GreaterEqual" || op == "Greater"; }

class DropoutFinder {
 public:
  DropoutFinder(const GraphDefView& view, Replacements& replaced)
      : view_(view), replaced_(replaced), noise_(static_cast<size_t>(view.node_count()), 0) {}

  void Find() {
    SpreadNoise();
    for (int i = 0; i < view_.node_count(); ++i) {
      std::optional<Source>& replacement = replaced_[static_cast<size_t>(i)];
      if (!replacement && view_.op(i) == "Mul") replacement = OfProduct(i);
      if (!replacement && (view_.op(i) == "SelectV2" || view_.op(i) == "Select")) replacement = OfSelection(i);
    }
  }

 private:
  bool IsNoise(int layer) const { return layer >= 0 && noise_[static_cast<size_t>(layer)] != 0; }
  int Input(int layer, size_t i) const { return i < view_.inputs(layer).size() ? view_.inputs(layer)[i].layer : -1; }

  // Marks what computes with random numbers up to the mask. A dropout's last layer is where noise ends: the operators
  // below are those of a mask only.
  void SpreadNoise() {
    const std::vector<std::vector<int>> readers = view_.Readers();
    std::vector<int> waiting;
    for (int i = 0; i < view_.node_count(); ++i) {
      if (IsRandom(view_.op(i))) waiting.push_back(i);
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
    const std::string& op = view_.op(i);
    const int a = Input(i, 0);
    const int b = Input(i, 1);
    if (IsRandom(op)) return true;
    if (op == "Floor" || op == "Cast" || op == "Identity") return IsNoise(a);
    if (IsComparison(op) || IsAdd(op) || op == "Sub") return IsNoise(a) || IsNoise(b);
    // random * (max - min): a scalar, where a dropout has data
    if (op == "Mul" && a >= 0 && b >= 0)
      return (IsNoise(a) && view_.ScalarValue(b)) || (IsNoise(b) && view_.ScalarValue(a));
    return false;
  }

  // The probability to keep an element, as the mask shows it: the layer that gives it or its complement, or its value.
  struct Keep {
    int keep_layer = -1;
    int rate_layer = -1;
    std::optional<double> value;
  };

  int Skip(int layer, const char* op) const {
    return layer >= 0 && view_.op(layer) == op && Input(layer, 0) >= 0 ? Input(layer, 0) : layer;
  }

  std::optional<Keep> KeepOf(int mask) const {
    const int inner = Skip(Skip(mask, "Floor"), "Cast");
    const int a = Input(inner, 0);
    const int b = Input(inner, 1);
    if (view_.inputs(inner).size() != 2 || a < 0 || b < 0 || IsNoise(a) == IsNoise(b)) return std::nullopt;
    const int other = Skip(IsNoise(a) ? b : a, "Identity");
    const std::optional<double> value = view_.ScalarValue(other);
    if (IsAdd(view_.op(inner))) return Keep{other, -1, value};
    if (!IsComparison(view_.op(inner)) || !IsNoise(a)) return std::nullopt;
    return Keep{-1, other, value ? std::optional(1 - *value) : std::nullopt};
  }

  static bool Near(std::optional<double> a, std::optional<double> b) {
    return a && b && std::fabs(*a - *b) <= 1e-5 * std::fabs(*b);
  }

  bool IsKeep(int named, const Keep& keep) const {
    const int layer = Skip(named, "Identity");
    if (layer < 0) return false;
    if (layer == keep.keep_layer || Near(view_.ScalarValue(layer), keep.value)) return true;
    if (keep.rate_layer < 0) return false;
    if (IsComplement(layer, keep.rate_layer)) return true;
    // rate itself was made as 1 - keep, and the scale from keep
    return IsComplement(keep.rate_layer, layer);
  }

  // whole = 1 - part
  bool IsComplement(int whole, int part) const {
    return view_.op(whole) == "Sub" && Skip(Input(whole, 1), "Identity") == part &&
           Near(view_.ScalarValue(Input(whole, 0)), 1.0);
  }

  bool IsInverseOfKeep(int named, const Keep& keep) const {
    const int layer = Skip(named, "Identity");
    if (layer < 0) return false;
    if (IsDivide(view_.op(layer)) && Near(view_.ScalarValue(Input(layer, 0)), 1.0) && IsKeep(Input(layer, 1), keep))
      return true;
    if (view_.op(layer) == "Reciprocal" && IsKeep(Input(layer, 0), keep)) return true;
    return keep.value && *keep.value != 0 && Near(view_.ScalarValue(layer), 1.0 / *keep.value);
  }

  // The x of (x / keep) or (x * 1/keep).
  std::optional<Source> Unscaled(int data, int mask) const {
    const std::optional<Keep> keep = KeepOf(mask);
    if (!keep || data < 0) return std::nullopt;
    const std::vector<Source>& in = view_.inputs(data);
    if (in.size() != 2 || in[0].layer < 0 || in[1].layer < 0) return std::nullopt;
    const std::string& op = view_.op(data);
    if (IsDivide(op) && IsKeep(in[1].layer, *keep)) return in[0];
    if (op == "Mul" && IsInverseOfKeep(in[1].layer, *keep)) return in[0];
    if (op == "Mul" && IsInverseOfKeep(in[0].layer, *keep)) return in[1];
    return std::nullopt;
  }

  std::optional<Source> OfProduct(int layer) const {
    const int a = Input(layer, 0);
    const int b = Input(layer, 1);
    if (view_.inputs(layer).size() != 2 || a < 0 || b < 0 || IsNoise(a) == IsNoise(b)) return std::nullopt;
    return IsNoise(a) ? Unscaled(b, a) : Unscaled(a, b);
  }

  std::optional<Source> OfSelection(int layer) const {
    const int mask = Input(layer, 0);
    const int dropped = Input(layer, 2);
    if (view_.inputs(layer).size() != 3 || !IsNoise(mask) || dropped < 0) return std::nullopt;
    const std::optional<double> zero = view_.ScalarValue(dropped);
    if (view_.op(dropped) != "ZerosLike" && (!zero || *zero != 0)) return std::nullopt;
    return Unscaled(Input(layer, 1), mask);
  }

  const GraphDefView& view_;
  Replacements& replaced_;
  std::vector<char> noise_;
};

}  // namespace

void ReplaceDropouts(const GraphDefView& view, Replacements& replaced) { DropoutFinder(view, replaced).Find(); }

}  // namespace linnet::graphdef
