#include "strided.h"

#include <algorithm>

namespace linnet::tflite {
namespace {

struct Entry {
  int64_t begin = 0, end = 0, stride = 1;
  bool from_start = false, to_end = false;  // begin_mask, end_mask
  bool shrink = false;
};

Outcome<graph::SliceAttributes::Range> RangeOf(const Layer& layer, const Entry& e, int64_t extent) {
  const auto wrong = [&](const std::string& what) { return layer.Wrong(what); };
  if (e.stride == 0) return wrong("a stride is 0");
  const auto from_end = [&](int64_t at) { return at < 0 ? at + extent : at; };
  if (e.shrink) {
    const int64_t at = e.from_start ? 0 : from_end(e.begin);
    if (at < 0 || at >= extent)
      return wrong("index " + std::to_string(e.begin) + " of a dimension of " + std::to_string(extent));
    return graph::SliceAttributes::Range{at, 1, 1};
  }
  const bool forward = e.stride > 0;
  const int64_t low = forward ? 0 : -1;
  const int64_t high = forward ? extent : extent - 1;
  const int64_t first = forward ? 0 : extent - 1;
  const int64_t past = forward ? extent : -1;
  const int64_t begin = e.from_start ? first : std::clamp(from_end(e.begin), low, high);
  const int64_t end = e.to_end ? past : std::clamp(from_end(e.end), low, high);
  const int64_t span = forward ? end - begin : begin - end;
  const int64_t step = forward ? e.stride : -e.stride;
  if (span <= 0) return wrong("nothing is left of a dimension of " + std::to_string(extent));
  return graph::SliceAttributes::Range{begin, e.stride, (span + step - 1) / step};
}

}  // namespace

Outcome<StridedSlice> ReadStridedSlice(Layer& layer, const graph::Shape& shape) {
  const auto* options = layer.op().table->builtin_options_as_StridedSliceOptions();
  if (options == nullptr) return layer.Wrong("its options are missing");
  LINNET_ASSIGN(const Integers begins, layer.ReadIntegers(1, "begin"));
  LINNET_ASSIGN(const Integers ends, layer.ReadIntegers(2, "end"));
  LINNET_ASSIGN(const Integers strides, layer.ReadIntegers(3, "strides"));
  const size_t count = begins.values.size();
  if (count > 16 || ends.values.size() != count || strides.values.size() != count)
    return layer.Wrong("expects begin, end and strides of the same length, at most 16");
  const auto bit = [](int32_t mask, size_t i) { return ((static_cast<uint32_t>(mask) >> i) & 1U) != 0; };
  size_t added = 0;
  for (size_t i = 0; i < count; ++i)
    added += bit(options->new_axis_mask(), i) && !bit(options->ellipsis_mask(), i) ? 1 : 0;

  StridedSlice slice;
  size_t d = 0;  // of the input
  const auto take_whole = [&](size_t until) {
    for (; d < until; ++d) {
      slice.ranges.push_back({0, 1, shape[d]});
      slice.target.push_back(shape[d]);
    }
  };
  for (size_t i = 0; i < count; ++i) {
    if (bit(options->ellipsis_mask(), i)) {  // as many whole dimensions as the other entries leave
      size_t behind = 0;
      for (size_t k = i + 1; k < count; ++k) behind += bit(options->new_axis_mask(), k) ? 0 : 1;
      if (shape.size() < d + behind) return layer.Wrong("it has more entries than the input dimensions");
      take_whole(shape.size() - behind);
      continue;
    }
    if (bit(options->new_axis_mask(), i)) {
      slice.target.push_back(1);
      continue;
    }
    if (d >= shape.size()) return layer.Wrong("it has more entries than the input dimensions");
    Entry entry{begins.values[i], ends.values[i], strides.values[i]};
    constexpr int64_t kLimit = int64_t{1} << 32;
    if (std::max({entry.begin, entry.end, entry.stride}) > kLimit ||
        std::min({entry.begin, entry.end, entry.stride}) < -kLimit)
      return layer.Wrong("an entry is out of range");
    entry.from_start = bit(options->begin_mask(), i);
    entry.to_end = bit(options->end_mask(), i);
    entry.shrink = bit(options->shrink_axis_mask(), i);
    if (options->offset() && !entry.to_end) entry.end += entry.begin;
    LINNET_ASSIGN(const auto range, RangeOf(layer, entry, shape[d]));
    slice.ranges.push_back(range);
    if (!entry.shrink) slice.target.push_back(range.count);
    ++d;
  }
  take_whole(shape.size());
  if (added > 8 || slice.target.size() > 8) return layer.Unsupported("more than 8 dimensions");
  return slice;
}

}  // namespace linnet::tflite
