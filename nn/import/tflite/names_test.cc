#include "names.h"

#include <gtest/gtest.h>

namespace linnet::tflite {
namespace {

TEST(TfliteNames, TheMeaningfulPart) {
  EXPECT_EQ(ShortName("model/conv2d_1/Relu;model/conv2d_1/BiasAdd;model/conv2d_1/Conv2D;conv2d_1/bias"), "conv2d_1");
  EXPECT_EQ(ShortName("functional_1/activation/Relu;functional_1/batch_normalization/FusedBatchNormV3;functional_1/"
                      "conv2d/Conv2D"),
            "conv2d");
  EXPECT_EQ(ShortName("StatefulPartitionedCall/sequential_12/dense/MatMul"), "dense");
  EXPECT_EQ(ShortName("serving_default_input_1:0"), "input_1");
  EXPECT_EQ(ShortName("MobilenetV1/MobilenetV1/Conv2d_0/Relu6"), "MobilenetV1/Conv2d_0");
  EXPECT_EQ(ShortName("modelling/x"), "modelling/x");
  EXPECT_EQ(ShortName("a b\n\"c"), "a_b__c");
}

TEST(TfliteNames, NothingMeaningfulIsNothing) {
  EXPECT_EQ(ShortName(""), "");
  EXPECT_EQ(ShortName(";;"), "");
  EXPECT_EQ(ShortName("StatefulPartitionedCall:0"), "");
  EXPECT_EQ(ShortName("Identity_int8"), "");
}

TEST(TfliteNames, LongNamesLoseTheirOuterScopes) {
  EXPECT_EQ(ShortName("streamable_model_10/unet_0/encoder_4/conv2d_3x4_a/activation/LeakyRelu"),
            "encoder_4/conv2d_3x4_a/activation/LeakyRelu");
  EXPECT_EQ(ShortName(std::string(5000, 'a')).size(), 48U);
}

TEST(TfliteNames, EachNameIsGivenOnce) {
  Names names;
  EXPECT_EQ(names.Unique("dense"), "dense");
  EXPECT_EQ(names.Unique("dense"), "dense_2");
  EXPECT_EQ(names.Unique("dense_2"), "dense_2_2");
  EXPECT_EQ(names.Unique("dense"), "dense_3");
  EXPECT_EQ(names.Unique(""), "layer");
}

}  // namespace
}  // namespace linnet::tflite
