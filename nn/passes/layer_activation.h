// The activation that is part of a layer.
#pragma once

#include "linnet/graph/graph.h"

namespace linnet::passes {

struct FusedActivationOf {
  graph::Activation* operator()(graph::ConvAttributes& a) const { return &a.activation; }
  graph::Activation* operator()(graph::FullyConnectedAttributes& a) const { return &a.activation; }
  graph::Activation* operator()(graph::TransposeConvAttributes& a) const { return &a.activation; }
  graph::Activation* operator()(graph::PoolAttributes& a) const { return &a.activation; }
  graph::Activation* operator()(graph::ActivationAttributes& a) const { return &a.activation; }
  template <typename Other>
  graph::Activation* operator()(Other&) const {
    return nullptr;
  }
};

// Gives `layer` the fused activation; whether it can have one.
inline bool SetActivation(graph::Node& layer, graph::Activation activation) {
  const bool arithmetic = layer.op == graph::OpKind::kAdd || layer.op == graph::OpKind::kSub ||
                          layer.op == graph::OpKind::kMul || layer.op == graph::OpKind::kDiv;
  if (arithmetic && std::holds_alternative<graph::NoAttributes>(layer.attributes))
    layer.attributes = graph::ActivationAttributes{};
  graph::Activation* fused = std::visit(FusedActivationOf{}, layer.attributes);
  if (fused != nullptr) *fused = activation;
  return fused != nullptr;
}

}  // namespace linnet::passes
