// Names of layers and tensors as a person calls them: converters write "model/conv2d/Relu;model/conv2d/BiasAdd;...".
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace linnet::tflite {

// The meaningful part, at most 48 characters out of [A-Za-z0-9_./-]; empty if nothing is left. Of names that were fused
// with ';' the one of the layer with weights; without the scopes that wrap the whole model and the operations of a layer;
// empty too for what the SavedModel loader calls an output ("StatefulPartitionedCall:0", "Identity_int8"):
// "StatefulPartitionedCall/model/conv2d_1/Relu;model/conv2d_1/BiasAdd" is "conv2d_1".
std::string ShortName(std::string_view name);

class Names {
 public:
  // `name`, or "name_2", "name_3" ... if that was given before; "layer" for an empty name.
  std::string Unique(std::string name);

 private:
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, int> next_;
};

}  // namespace linnet::tflite
