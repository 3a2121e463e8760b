// What tf.layers leaves in a frozen training graph: dropout in each version's form, and branches that is_training chooses.
#include "networks.h"

namespace linnet::tests {

using graphdef::DT_BOOL;
using graphdef::DT_FLOAT;
using graphdef::DT_INT32;
using graphdef::NodeDef;

namespace {

// Random numbers up to the mask, as TensorFlow 1.12, 1.13 and 1.15 write them. Fed or made so that nothing is dropped, which
// leaves TensorFlow.js with the same answer.
void Noise(Maker& m, const std::string& scope) {
  const std::string x = m.last;
  m.b.Type(m.Then(scope + "/Shape", "Shape"), "out_type", DT_INT32);
  NodeDef& random = m.Then(scope + "/random_uniform/RandomUniform", "RandomUniform");
  m.b.Type(random, "dtype", DT_FLOAT);
  for (const char* seed : {"seed", "seed2"}) (*random.mutable_attr())[seed].set_i(1);
  m.Number(scope + "/random_uniform/max", 1);
  m.Number(scope + "/random_uniform/min", 0);
  m.b.Layer(scope + "/random_uniform/sub", "Sub", {scope + "/random_uniform/max", scope + "/random_uniform/min"});
  m.Then(scope + "/random_uniform/mul", "Mul", {scope + "/random_uniform/sub"});
  m.Then(scope + "/random_uniform", "Add", {scope + "/random_uniform/min"});
  m.last = x;
}

}  // namespace

void Dropouts(Maker& m) {
  m.Input({1, 10});
  NodeDef& keep = m.b.Layer("keep_prob", "Placeholder");
  m.b.Type(keep, "dtype", DT_FLOAT);
  (*keep.mutable_attr())["shape"].mutable_shape();
  m.Dense("dense", 9);
  std::string x = m.last;
  Noise(m, "d0");
  m.b.Layer("d0/add", "Add", {"keep_prob", "d0/random_uniform"});
  m.b.Layer("d0/Floor", "Floor", {"d0/add"});
  m.Then("d0/div", "RealDiv", {"keep_prob"});
  m.Then("d0/mul", "Mul", {"d0/Floor"});
  m.Dense("dense_1", 8);
  Noise(m, "d1");
  m.Number("d1/rate", 0);
  m.Number("d1/one", 1);
  m.b.Layer("d1/GreaterEqual", "GreaterEqual", {"d1/random_uniform", "d1/rate"});
  NodeDef& cast = m.b.Layer("d1/Cast", "Cast", {"d1/GreaterEqual"});
  m.b.Type(cast, "DstT", DT_FLOAT);
  m.b.Type(cast, "SrcT", DT_BOOL);
  m.b.Layer("d1/sub", "Sub", {"d1/one", "d1/rate"});
  m.b.Layer("d1/truediv", "RealDiv", {"d1/one", "d1/sub"});
  m.Then("d1/mul", "Mul", {"d1/truediv"});
  m.Then("d1/mul_1", "Mul", {"d1/Cast"});
  m.Dense("dense_2", 7);
  Noise(m, "d2");
  m.b.Layer("d2/rate", "Sub", {"d1/one", "keep_prob"});
  m.b.Layer("d2/GreaterEqual", "GreaterEqual", {"d2/random_uniform", "d2/rate"});
  m.b.Layer("d2/sub", "Sub", {"d1/one", "d2/rate"});
  m.b.Layer("d2/truediv", "RealDiv", {"d1/one", "d2/sub"});
  m.Then("d2/mul", "Mul", {"d2/truediv"});
  const std::string scaled = m.last;
  m.last = "d2/GreaterEqual";
  m.Then("d2/SelectV2", "SelectV2", {scaled, m.Number("d2/zero", 0)});
  m.Then("relu", "Relu");
}

// tf.layers.dropout and batch normalisation with training=is_training: Switch and Merge.
void Branches(Maker& m) {
  m.Input({1, 6});
  NodeDef& flag = m.b.Layer("is_training", "Placeholder");
  m.b.Type(flag, "dtype", DT_BOOL);
  (*flag.mutable_attr())["shape"].mutable_shape();
  m.Dense("dense", 5);
  const std::string x = m.last;
  m.b.Layer("cond/pred_id", "Identity", {"is_training"});
  m.Then("cond/Switch_1", "Switch", {"cond/pred_id"});
  m.last = "cond/Switch_1:1";
  m.Then("cond/trained", "Mul", {m.Number("cond/noise", 3)});
  m.last = "cond/Switch_1";
  m.Then("cond/Identity", "Identity");
  NodeDef& merge = m.Then("cond/Merge", "Merge", {"cond/trained"});
  (*merge.mutable_attr())["N"].set_i(2);
  m.Dense("dense_1", 4);
}

}  // namespace linnet::tests
