#include "lower_parts.h"
namespace linnet::emit {
Outcome<void> LowerLstm(const graph::Graph&, const graph::Node& node, Layer&) { return Unsupported(node, "x"); }
Outcome<void> LowerSvdf(const graph::Graph&, const graph::Node& node, Layer&) { return Unsupported(node, "x"); }
}  // namespace linnet::emit
