#include <charconv>
#include <map>
#include <sstream>

#include "linnet/train/project_file.h"

namespace linnet::train {
namespace {

constexpr int kLargestWindow = 31;
constexpr int kLargestStride = 8;
constexpr int kMostOutputs = 65536;

template <typename T>
bool ParseNumber(std::string_view text, T* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

// One line's words, taken from the front; the first thing wrong is what `error` says.
class Line {
 public:
  explicit Line(const std::string& text) : text_(text) {
    std::istringstream words(text);
    for (std::string word; words >> word;) words_.push_back(word);
  }

  bool empty() const { return next_ == words_.size(); }
  bool failed() const { return !error_.empty(); }
  Error error() const { return {Status::kInvalidArgument, "layer `" + text_ + "`: " + error_}; }
  void Wrong(const std::string& what) {
    if (error_.empty()) error_ = what;
  }

  std::string Word() { return empty() ? "" : words_[next_++]; }

  bool Take(const std::string& word) {
    if (empty() || words_[next_] != word) return false;
    ++next_;
    return true;
  }

  int Whole(const std::string& what, int most) {
    const std::string word = Word();
    int value = 0;
    if (!ParseNumber(word, &value) || value < 1 || value > most) {
      Wrong(what + " of 1 to " + std::to_string(most) + " was expected, found `" + word + "`");
    }
    return value;
  }

  // "5x5": windows are square.
  int Window(bool odd) {
    const std::string word = Word();
    const size_t cross = word.find('x');
    int height = 0, width = 0;
    if (cross == std::string::npos || !ParseNumber(std::string_view(word).substr(0, cross), &height) ||
        !ParseNumber(std::string_view(word).substr(cross + 1), &width) || height != width || height < 1 ||
        height > kLargestWindow || (odd && height % 2 == 0)) {
      Wrong(std::string("a square window") + (odd ? " of odd size" : "") + ", such as " + (odd ? "3x3" : "2x2") +
            ", was expected, found `" + word + "`");
    }
    return height;
  }

 private:
  std::string text_, error_;
  std::vector<std::string> words_;
  size_t next_ = 0;
};

void ParseOptions(Line& line, Layer* layer) {
  while (!line.empty() && !line.failed()) {
    if (line.Take("relu")) {
      layer->relu = true;
    } else if (line.Take("batch-norm")) {
      layer->batch_norm = true;
    } else if (layer->kind != LayerKind::kDense && line.Take("stride")) {
      layer->stride = line.Whole("a stride", kLargestStride);
    } else {
      line.Wrong("`" + line.Word() + "` is not known here; known are relu, batch-norm" +
                 (layer->kind == LayerKind::kDense ? "" : ", stride S"));
    }
  }
}

void ParseDropout(Line& line, Layer* layer) {
  const std::string keep = line.Word(), number = line.Word();
  if (keep != "keep" || !ParseNumber(number, &layer->keep) || !(layer->keep > 0) || layer->keep > 1) {
    line.Wrong("`keep P` with P above 0 and at most 1 was expected, as `dropout keep 0.9`");
  }
}

Layer ParseLine(Line& line) {
  const std::string kind = line.Word();
  Layer layer{LayerKind::kFlatten, ""};
  if (kind == "conv") {
    layer.kind = LayerKind::kConv;
    layer.outputs = line.Whole("a number of features", kMostOutputs);
    layer.window = line.Window(true);
    ParseOptions(line, &layer);
  } else if (kind == "depthwise") {
    layer.kind = LayerKind::kDepthwise;
    layer.window = line.Window(true);
    ParseOptions(line, &layer);
  } else if (kind == "dense") {
    layer.kind = LayerKind::kDense;
    layer.outputs = line.Whole("a number of neurons", kMostOutputs);
    ParseOptions(line, &layer);
  } else if (kind == "max-pool") {
    layer.kind = LayerKind::kMaxPool;
    layer.window = line.Window(false);
  } else if (kind == "average-pool") {
    layer.kind = LayerKind::kGlobalAveragePool;
    if (!line.Take("global")) line.Wrong("only `average-pool global` is known");
  } else if (kind == "dropout") {
    layer.kind = LayerKind::kDropout;
    ParseDropout(line, &layer);
  } else if (kind != "flatten") {
    line.Wrong("`" + kind +
               "` is not known; known are conv, depthwise, dense, max-pool, average-pool, dropout, flatten");
  }
  if (!line.empty()) line.Wrong("`" + line.Word() + "` is one word too many");
  return layer;
}

const char* NameOf(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConv: return "conv";
    case LayerKind::kDepthwise: return "depthwise";
    case LayerKind::kMaxPool: return "pool";
    case LayerKind::kGlobalAveragePool: return "average";
    case LayerKind::kDropout: return "drop";
    case LayerKind::kFlatten: return "flatten";
    case LayerKind::kDense: break;
  }
  return "fc";
}

// What no single line can say.
Outcome<void> CheckChain(const std::vector<Layer>& layers) {
  bool flat = false;
  for (const Layer& layer : layers) {
    flat = flat || layer.kind == LayerKind::kFlatten;
    const bool needs_image =
        layer.kind != LayerKind::kDense && layer.kind != LayerKind::kDropout && layer.kind != LayerKind::kFlatten;
    if (layer.kind == LayerKind::kDense && !flat) {
      return Fail(Status::kInvalidArgument,
                  "layer " + layer.name + ": a dense layer's input is flat; put `flatten` before it");
    }
    if (needs_image && flat) {
      return Fail(Status::kInvalidArgument, "layer " + layer.name + ": needs an image, but stands after `flatten`");
    }
  }
  if (layers.empty() || layers.back().kind != LayerKind::kDense || layers.back().outputs != kOutputs ||
      layers.back().relu || layers.back().batch_norm) {
    return Fail(Status::kInvalidArgument,
                "the last layer must be `dense " + std::to_string(kOutputs) + "` without relu: softmax follows it");
  }
  return {};
}

}  // namespace

Outcome<std::vector<Layer>> ParseLayers(const std::vector<std::string>& lines) {
  std::vector<Layer> layers;
  std::map<LayerKind, int> numbers;
  for (const std::string& text : lines) {
    Line line(text);
    Layer layer = ParseLine(line);
    if (line.failed()) return std::unexpected(line.error());
    layer.name = NameOf(layer.kind) + std::to_string(++numbers[layer.kind]);
    layers.push_back(layer);
  }
  if (auto checked = CheckChain(layers); !checked) return std::unexpected(checked.error());
  return layers;
}

}  // namespace linnet::train
