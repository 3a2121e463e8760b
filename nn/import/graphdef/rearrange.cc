// Reshaping, transposing, slicing and joining: of a constant at once, of data by a node.
#include <algorithm>

#include "layer.h"
#include "linnet/graph/shapes.h"

namespace linnet::graphdef {
namespace {

using graph::OpKind;
using graph::Shape;

std::vector<int64_t> RowMajorStrides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
  return strides;
}

// to[i0, i1, ..] = from[offset + i0 * strides[0] + i1 * strides[1] + ..], in `to`'s shape.
void CopyStrided(const Constant& from, int64_t offset, const std::vector<int64_t>& strides, Constant& to) {
  std::vector<int64_t> at(to.shape.size(), 0);
  for (double& number : to.numbers) {
    number = from.numbers[static_cast<size_t>(offset)];
    for (size_t d = at.size(); d-- > 0;) {
      offset += strides[d];
      if (++at[d] < to.shape[d]) break;
      offset -= at[d] * strides[d];
      at[d] = 0;
    }
  }
}

bool IsIdentity(const std::vector<int>& permutation) {
  for (size_t i = 0; i < permutation.size(); ++i) {
    if (permutation[i] != static_cast<int>(i)) return false;
  }
  return true;
}

// The dimensions above 1 stay in their order, so that nothing moves.
bool MovesNothing(const Shape& shape, const std::vector<int>& permutation) {
  int last = -1;
  for (const int d : permutation) {
    if (shape[static_cast<size_t>(d)] == 1) continue;
    if (d < last) return false;
    last = d;
  }
  return true;
}

}  // namespace

Outcome<Result> Layer::Reshape(const Result& result, Shape target, const std::string& suffix) const {
  if (target == ShapeOf(result)) return result;
  if (target.size() > kMaxRank) return Unsupported("more than 8 dimensions");
  if (CountOf(target) != CountOf(ShapeOf(result))) {
    return Wrong("can't turn " + graph::ToString(ShapeOf(result)) + " into " + graph::ToString(target) +
                 " with a batch of 1");
  }
  if (!result.constant) return Append(OpKind::kReshape, {result}, graph::NoAttributes{}, std::move(target), suffix);
  LINNET_ASSIGN(auto constant, NewConstant(result.constant->type, std::move(target), suffix));
  constant->numbers = result.constant->numbers;
  constant->learned = result.constant->learned;
  return Finish(std::move(constant));
}

Outcome<Result> Layer::Transpose(const Result& result, const std::vector<int>& permutation,
                                 const std::string& suffix) const {
  const Shape shape = ShapeOf(result);
  std::vector<int> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.size() != shape.size() || !IsIdentity(sorted)) {
    return Wrong("expects a permutation of the " + std::to_string(shape.size()) + " dimensions of " +
                 graph::ToString(shape));
  }
  if (IsIdentity(permutation)) return result;
  Shape target;
  for (const int d : permutation) target.push_back(shape[static_cast<size_t>(d)]);
  if (result.constant) {
    const std::vector<int64_t> strides = RowMajorStrides(shape);
    std::vector<int64_t> turned;
    for (const int d : permutation) turned.push_back(strides[static_cast<size_t>(d)]);
    LINNET_ASSIGN(auto constant, NewConstant(result.constant->type, std::move(target), suffix));
    CopyStrided(*result.constant, 0, turned, *constant);
    // Ranges a channel go with the last dimension; moved elsewhere, the quantiser finds ranges of its own for the same numbers.
    const graph::Learned& learned = result.constant->learned;
    const bool stays = static_cast<size_t>(permutation.back()) + 1 == permutation.size();
    if (learned.min.size() == 1 || (stays && learned.min.size() == static_cast<size_t>(shape.back())))
      constant->learned = learned;
    return Finish(std::move(constant));
  }
  if (const auto before = c_.transpositions.find(result.tensor); before != c_.transpositions.end()) {
    std::vector<int> both;
    for (const int d : permutation) both.push_back(before->second.permutation[static_cast<size_t>(d)]);
    return Transpose(Result{before->second.source, nullptr}, both, suffix);
  }
  if (MovesNothing(shape, permutation)) return Reshape(result, std::move(target), suffix);
  LINNET_ASSIGN(const Result turned,
                Append(OpKind::kTranspose, {result}, graph::TransposeAttributes{permutation}, {}, suffix));
  c_.transpositions[turned.tensor] = {result.tensor, permutation};
  return turned;
}

Outcome<Result> Layer::Slice(const Result& result, const std::vector<graph::SliceAttributes::Range>& ranges,
                             const std::string& suffix) const {
  const Shape shape = ShapeOf(result);
  Shape target;
  bool whole = true;
  for (size_t i = 0; i < ranges.size(); ++i) {
    target.push_back(ranges[i].count);
    whole &= ranges[i].count == shape[i] && ranges[i].begin == 0 && (ranges[i].step == 1 || shape[i] == 1);
  }
  if (whole) return result;
  if (!result.constant) {
    if (CountOf(target) == 0) return Unsupported("leaves nothing of " + graph::ToString(shape));
    return Append(OpKind::kSlice, {result}, graph::SliceAttributes{ranges}, {}, suffix);
  }
  std::vector<int64_t> strides = RowMajorStrides(shape);
  int64_t offset = 0;
  for (size_t i = 0; i < ranges.size(); ++i) {
    offset += ranges[i].begin * strides[i];
    strides[i] *= ranges[i].step;
  }
  LINNET_ASSIGN(auto constant, NewConstant(result.constant->type, std::move(target), suffix));
  if (!constant->numbers.empty()) CopyStrided(*result.constant, offset, strides, *constant);
  return Finish(std::move(constant));
}

Outcome<Result> Layer::Concat(const std::vector<Result>& parts, int axis, const std::string& suffix) const {
  if (parts.size() == 1) return parts[0];
  const auto at = static_cast<size_t>(axis);
  const bool constant = std::all_of(parts.begin(), parts.end(), [](const Result& r) { return r.constant != nullptr; });
  if (!constant) return Append(OpKind::kConcat, parts, graph::ConcatAttributes{axis}, {}, suffix);
  Shape target = ShapeOf(parts[0]);
  target[at] = 0;
  for (const Result& part : parts) {
    Shape shape = ShapeOf(part);
    if (shape.size() == target.size()) {
      target[at] += shape[at];
      shape[at] = target[at];
    }
    if (shape != target || TypeOf(part) != TypeOf(parts[0]) || target[at] > graph::kMaxTensorElements) {
      return Wrong("can't join " + graph::ToString(ShapeOf(parts[0])) + " and " + graph::ToString(ShapeOf(part)) +
                   " along dimension " + std::to_string(axis));
    }
  }
  LINNET_ASSIGN(auto whole, NewConstant(TypeOf(parts[0]), target, suffix));
  int64_t inner = 1;
  for (size_t i = at + 1; i < target.size(); ++i) inner *= target[i];
  int64_t outer = 1;
  for (size_t i = 0; i < at; ++i) outer *= target[i];
  auto to = whole->numbers.begin();
  for (int64_t i = 0; i < outer && !whole->numbers.empty(); ++i) {
    for (const Result& part : parts) {
      const int64_t run = ShapeOf(part)[at] * inner;
      to = std::copy_n(part.constant->numbers.begin() + i * run, run, to);
    }
  }
  return Finish(std::move(whole));
}

Outcome<Result> ConvertTranspose(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2); !ok) return std::unexpected(ok.error());
  LINNET_ASSIGN(const std::vector<int64_t> dims, layer.Integers(1, "the permutation"));
  std::vector<int> permutation;
  for (const int64_t dim : dims) {
    LINNET_ASSIGN(const int axis, layer.Axis(dim, layer.shape(0).size()));
    permutation.push_back(axis);
  }
  return layer.Transpose(layer.input(0), permutation);
}

Outcome<Result> ConvertConcat(Layer& layer) {
  if (auto ok = layer.ExpectInputs(2, 4096); !ok) return std::unexpected(ok.error());
  const bool axis_last = layer.op() == "ConcatV2";
  const size_t count = layer.input_count() - 1;
  LINNET_ASSIGN(const int64_t dim, layer.Integer(axis_last ? count : 0, "the dimension"));
  std::vector<Result> parts;
  for (size_t i = 0; i < count; ++i) parts.push_back(layer.input(i + (axis_last ? 0 : 1)));
  LINNET_ASSIGN(const int axis, layer.Axis(dim, layer.ShapeOf(parts[0]).size()));
  // Of channels-first data that is computed channels last, join that.
  const auto& transpositions = layer.conversion().transpositions;
  const auto first = transpositions.find(parts[0].tensor);
  std::vector<Result> sources;
  for (const Result& part : parts) {
    const auto turned = transpositions.find(part.tensor);
    if (first == transpositions.end() || turned == transpositions.end() || part.constant ||
        turned->second.permutation != first->second.permutation)
      return layer.Concat(parts, axis);
    sources.push_back({turned->second.source, nullptr});
  }
  const std::vector<int> permutation = first->second.permutation;
  LINNET_ASSIGN(const Result joined, layer.Concat(sources, permutation[static_cast<size_t>(axis)], "/channels_last"));
  return layer.Transpose(joined, permutation);
}

Outcome<Result> ConvertPack(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1, 4096); !ok) return std::unexpected(ok.error());
  const Shape shape = layer.shape(0);
  LINNET_ASSIGN(const int axis, layer.Axis(layer.Integer("axis", 0), shape.size() + 1));
  std::vector<Result> parts;
  for (size_t i = 0; i < layer.input_count(); ++i) {
    if (layer.shape(i) != shape)
      return layer.Wrong("can't stack " + graph::ToString(shape) + " and " + graph::ToString(layer.shape(i)));
    Shape wider = shape;
    wider.insert(wider.begin() + axis, 1);
    const std::string suffix = layer.input_count() == 1 ? "" : "/" + std::to_string(i);
    LINNET_ASSIGN(const Result part, layer.Reshape(layer.input(i), std::move(wider), suffix));
    parts.push_back(part);
  }
  return layer.Concat(parts, axis);
}

namespace {

// The results of cutting dimension `axis` into pieces of these sizes.
Outcome<Results> Cut(Layer& layer, const Result& data, size_t axis, const std::vector<int64_t>& sizes) {
  const Shape shape = layer.ShapeOf(data);
  Results results;
  int64_t begin = 0;
  for (const int64_t size : sizes) {
    std::vector<graph::SliceAttributes::Range> ranges;
    for (const int64_t d : shape) ranges.push_back({0, 1, d});
    if (size < 0 || size > shape[axis] - begin)
      return layer.Wrong("its pieces don't fit dimension " + std::to_string(axis) + " of " + graph::ToString(shape));
    ranges[axis] = {begin, 1, size};
    begin += size;
    const std::string suffix = results.empty() ? "" : "/" + std::to_string(results.size());
    LINNET_ASSIGN(const Result piece, layer.Slice(data, ranges, suffix));
    results.push_back(piece);
  }
  if (begin != shape[axis])
    return layer.Wrong("its pieces don't fill dimension " + std::to_string(axis) + " of " + graph::ToString(shape));
  return results;
}

constexpr int64_t kMaxPieces = 4096;

}  // namespace

Outcome<Results> ConvertSplit(Layer& layer) {
  const bool sized = layer.op() == "SplitV";
  if (auto ok = layer.ExpectInputs(sized ? 3 : 2); !ok) return std::unexpected(ok.error());
  const Result data = layer.input(sized ? 0 : 1);
  const Shape shape = layer.ShapeOf(data);
  LINNET_ASSIGN(const int64_t dim, layer.Integer(sized ? 2 : 0, "the dimension"));
  LINNET_ASSIGN(const int axis, layer.Axis(dim, shape.size()));
  const int64_t extent = shape[static_cast<size_t>(axis)];
  std::vector<int64_t> sizes;
  if (sized) {
    LINNET_ASSIGN(sizes, layer.Integers(1, "the sizes"));
    int64_t rest = extent;
    for (const int64_t size : sizes) rest -= std::clamp<int64_t>(size, 0, extent + 1);
    const auto open = std::find(sizes.begin(), sizes.end(), -1);
    if (open != sizes.end()) *open = rest;
  } else {
    const int64_t pieces = layer.Integer("num_split", 1);
    if (pieces < 1 || pieces > kMaxPieces || extent % pieces != 0)
      return layer.Wrong("can't cut dimension " + std::to_string(axis) + " of " + graph::ToString(shape) + " into " +
                         std::to_string(pieces));
    sizes.assign(static_cast<size_t>(pieces), extent / pieces);
  }
  if (sizes.empty() || static_cast<int64_t>(sizes.size()) > kMaxPieces)
    return layer.Unsupported("cuts into " + std::to_string(sizes.size()) + " pieces; supported: 1 to 4096");
  return Cut(layer, data, static_cast<size_t>(axis), sizes);
}

Outcome<Results> ConvertUnpack(Layer& layer) {
  if (auto ok = layer.ExpectInputs(1); !ok) return std::unexpected(ok.error());
  const Shape shape = layer.shape(0);
  LINNET_ASSIGN(const int axis, layer.Axis(layer.Integer("axis", 0), shape.size()));
  const auto at = static_cast<size_t>(axis);
  if (shape[at] < 1 || shape[at] > kMaxPieces)
    return layer.Unsupported("cuts into " + std::to_string(shape[at]) + " pieces; supported: 1 to 4096");
  LINNET_ASSIGN(Results pieces,
                Cut(layer, layer.input(0), at, std::vector<int64_t>(static_cast<size_t>(shape[at]), 1)));
  Shape narrow = shape;
  narrow.erase(narrow.begin() + axis);
  for (size_t i = 0; i < pieces.size(); ++i) {
    LINNET_ASSIGN(pieces[i], layer.Reshape(pieces[i], narrow, "/squeezed" + std::to_string(i)));
  }
  return pieces;
}

}  // namespace linnet::graphdef
