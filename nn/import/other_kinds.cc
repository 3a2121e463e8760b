#include "other_kinds.h"

#include <algorithm>
#include <array>

namespace linnet::import {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::string_view kFromSavedModel =
    "convert it with tf.lite.TFLiteConverter.from_saved_model(folder).convert() and save the bytes as .tflite";
constexpr std::string_view kFromKeras =
    "convert it with tf.lite.TFLiteConverter.from_keras_model(tf.keras.models.load_model(file)).convert() and save the "
    "bytes as .tflite";
constexpr std::string_view kFromTorch =
    "export the model with torch.onnx.export(model, example_input, \"model.onnx\", opset_version=17)";
constexpr std::string_view kFromCheckpoint =
    "freeze the graph together with it: tf.compat.v1.graph_util.convert_variables_to_constants(session, graph_def, "
    "[output_name]), written as .pb";
constexpr std::string_view kFromText =
    "write it in binary: tf.io.write_graph(graph_def, folder, \"model.pb\", as_text=False)";
constexpr std::string_view kFromOthers = "export the model as .onnx or .tflite from the tool that made it";

struct Kind {
  std::string_view mark;  // an extension, a name or the first bytes
  std::string_view what;
  std::string_view way_out;
};

// By the first bytes.
constexpr std::array kMagics = {
    Kind{"\x89HDF\r\n\x1a\n"sv, "a Keras model or its weights (HDF5)", kFromKeras},
    Kind{"GGUF"sv, "a GGUF language model", kFromOthers},
    Kind{"node {"sv, "a TensorFlow graph written as text (.pbtxt)", kFromText},
    Kind{"\x08\x01\x12"sv, "a TensorFlow SavedModel", kFromSavedModel},
};

// By the whole name.
constexpr std::array kNames = {
    Kind{"saved_model.pb", "a TensorFlow SavedModel", kFromSavedModel},
    Kind{"keras_metadata.pb", "the notes of Keras beside a TensorFlow SavedModel", kFromSavedModel},
    Kind{"fingerprint.pb", "the fingerprint beside a TensorFlow SavedModel", kFromSavedModel},
    Kind{"checkpoint", "the list of TensorFlow checkpoints", kFromCheckpoint},
};

// By the extension. A zip archive is told apart by it, too.
constexpr std::array kExtensions = {
    Kind{".h5", "a Keras model or its weights (HDF5)", kFromKeras},
    Kind{".hdf5", "a Keras model or its weights (HDF5)", kFromKeras},
    Kind{".keras", "a Keras model", kFromKeras},
    Kind{".pt", "a PyTorch model or its weights", kFromTorch},
    Kind{".pth", "a PyTorch model or its weights", kFromTorch},
    Kind{".pkl", "a Python pickle", kFromOthers},
    Kind{".safetensors", "weights without their network", kFromOthers},
    Kind{".ckpt", "a TensorFlow checkpoint (weights without their network)", kFromCheckpoint},
    Kind{".index", "the index of a TensorFlow checkpoint (weights without their network)", kFromCheckpoint},
    Kind{".meta", "a TensorFlow MetaGraph, whose variables stand in a checkpoint beside it", kFromCheckpoint},
    Kind{".pbtxt", "a TensorFlow graph written as text (.pbtxt)", kFromText},
    Kind{".json", "the layers of a TensorFlow.js or Keras model, without weights", kFromOthers},
    Kind{".mlmodel", "a Core ML model", kFromOthers},
    Kind{".caffemodel", "a Caffe model", kFromOthers},
    Kind{".npz", "NumPy arrays, which hold no network", kFromOthers},
    Kind{".npy", "a NumPy array, which holds no network", kFromOthers},
};

std::string Sentence(const Kind& kind) {
  return "this is " + std::string(kind.what) + "; " + std::string(kind.way_out);
}

bool StartsWith(std::span<const uint8_t> bytes, std::string_view mark) {
  return bytes.size() >= mark.size() && std::equal(mark.begin(), mark.end(), bytes.begin(),
                                                   [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

template <typename Kinds>
const Kind* Find(const Kinds& kinds, std::string_view mark) {
  const auto it = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.mark == mark; });
  return it == kinds.end() ? nullptr : &*it;
}

}  // namespace

std::string OtherKind(const fs::path& file, std::span<const uint8_t> bytes) {
  if (const Kind* named = Find(kNames, file.filename().string())) return Sentence(*named);
  const std::string extension = file.extension().string();
  if (const Kind* known = Find(kExtensions, extension)) return Sentence(*known);
  if (file.filename().string().find(".data-") != std::string::npos && extension.starts_with(".data-"))
    return Sentence({"", "the values of a TensorFlow checkpoint (weights without their network)", kFromCheckpoint});
  // A SavedModel and an ONNX file begin alike; the second is called so.
  for (const Kind& kind : kMagics) {
    if (extension != ".onnx" && StartsWith(bytes, kind.mark)) return Sentence(kind);
  }
  if (StartsWith(bytes, "PK\x03\x04"))
    return Sentence({"", "a zip archive, as PyTorch and Keras write their models", kFromOthers});
  if (bytes.size() > 2 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5 && extension != ".onnx")
    return Sentence({"", "a Python pickle, as PyTorch wrote its models until version 1.5", kFromTorch});
  return "";
}

std::string OtherKindOfFolder(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / "saved_model.pb", error))
    return Sentence({"", "the folder of a TensorFlow SavedModel", kFromSavedModel});
  if (fs::exists(folder / "checkpoint", error))
    return Sentence({"", "a folder of TensorFlow checkpoints", kFromCheckpoint});
  return "this is a folder; give the model's file";
}

}  // namespace linnet::import
