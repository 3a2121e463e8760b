// Charts are well-formed, hold every finite point within their frame, and say what they show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>

#include "axis.h"
#include "linnet/study/chart.h"
#include "linnet/study/confusion.h"
#include "linnet/study/gallery.h"
#include "svg.h"

namespace linnet::study {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;

// Every element is closed, in order; empty when so, else what is wrong.
std::string XmlFault(const std::string& xml) {
  std::vector<std::string> open;
  for (size_t at = 0; (at = xml.find('<', at)) != std::string::npos;) {
    const size_t end = xml.find('>', at);
    if (end == std::string::npos) return "an element without an end";
    const std::string tag = xml.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(tag[0] == '/', tag.find(' ') - (tag[0] == '/'));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != name) return "</" + name + "> closes nothing";
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty() ? "" : open.back() + " is never closed";
}

struct Centre {
  double x, y;
};
std::vector<Centre> Circles(const std::string& svg) {
  static constexpr char kCircle[] = "<circle cx=\"%lf\" cy=\"%lf\"";
  std::vector<Centre> centres;
  for (size_t at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1)) {
    Centre centre;
    if (std::sscanf(svg.c_str() + at, kCircle, &centre.x, &centre.y) == 2) centres.push_back(centre);
  }
  return centres;
}

TEST(ScatterPlot, PointsStandInTheFrame_GreaterIsRightAndAbove) {
  const std::string svg =
      ScatterPlot({"accuracy over flash", "flash (KB)", "accuracy (%)", {{10, 97, "a", "dnn"}, {20, 99, "b", "dnn"}}});
  EXPECT_EQ(XmlFault(svg), "");
  const auto circles = Circles(svg);
  ASSERT_EQ(circles.size(), 2u);
  EXPECT_LT(circles[0].x, circles[1].x);
  EXPECT_GT(circles[0].y, circles[1].y);
  EXPECT_THAT(svg, HasSubstr("Pearson r = 1.00, Spearman ρ = 1.00, 2 networks"));
  EXPECT_THAT(svg, HasSubstr(">flash (KB)<"));
}

TEST(ScatterPlot, PointsThatAreNotFinite_AreLeftOut) {
  const std::string svg = ScatterPlot(
      {"t", "x", "y", {{1, std::numeric_limits<double>::quiet_NaN(), "a", ""}, {2, 3, "b", ""}, {4, 5, "c", ""}}});
  EXPECT_EQ(Circles(svg).size(), 2u);
  EXPECT_THAT(svg, HasSubstr("2 networks"));
}

TEST(ScatterPlot, Nothing_IsStillAPicture) {
  const std::string svg = ScatterPlot({"t", "x", "y", {}});
  EXPECT_EQ(XmlFault(svg), "");
  EXPECT_THAT(svg, HasSubstr("Pearson r = none"));
}

TEST(ScatterPlot, WideSpans_AreLogarithmicAndSaySo) {
  EXPECT_THAT(ScatterPlot({"t", "MACs", "y", {{1e3, 1, "", ""}, {1e7, 2, "", ""}}}), HasSubstr("MACs — logarithmic"));
  EXPECT_THAT(ScatterPlot({"t", "MACs", "y", {{1e3, 1, "", ""}, {1e4, 2, "", ""}}}), Not(HasSubstr("logarithmic")));
}

TEST(ScatterPlot, RandomPoints_AllInTheFrameAndWellFormed) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed) + ": replay with std::mt19937 random(seed)");
  for (int round = 0; round < 100; ++round) {
    Scatter scatter{"t", "x", "y", {}};
    const double exponent = static_cast<double>(random() % 12) - 2, offset = static_cast<double>(random() % 3);
    for (size_t i = 0; i < 1 + random() % 30; ++i) {
      const auto draw = [&] { return offset + std::pow(10, exponent) * static_cast<double>(random() % 1000) / 999; };
      scatter.points.push_back({draw(), draw(), "n" + std::to_string(i), random() % 2 ? "a" : "b"});
    }
    const std::string svg = ScatterPlot(scatter);
    ASSERT_EQ(XmlFault(svg), "");
    ASSERT_THAT(svg, Not(testing::ContainsRegex("\"(nan|inf|-nan|-inf)")));
    for (const Centre& c : Circles(svg)) {
      ASSERT_TRUE(70 < c.x && c.x < 745 && 60 < c.y && c.y < 455) << c.x << " " << c.y;
    }
  }
}

TEST(LineChart, MarksLegendAndPanels) {
  const std::string svg =
      LineChart("dnn & co", {{"epoch", "loss", {{"training", {1, 2, 3}, {3, 2, 1}}}, {{2, "kept: epoch 2"}}},
                             {"epoch", "accuracy (%)", {{"a", {1, 2}, {1, 2}}, {"b", {1, 2}, {2, 1}}}, {}}});
  EXPECT_EQ(XmlFault(svg), "");
  EXPECT_THAT(svg, HasSubstr("dnn &amp; co"));
  EXPECT_THAT(svg, HasSubstr("kept: epoch 2"));
  EXPECT_EQ(Circles(svg).size(), 3u + 4u + 2u);  // points, and a dot for each name of the second panel
}

TEST(LineChart, OneEpoch_OrNone_IsStillAPicture) {
  EXPECT_EQ(XmlFault(LineChart("t", {{"epoch", "loss", {{"", {1}, {0.5}}}, {{1, "kept"}}}})), "");
  EXPECT_THAT(LineChart("t", {{"epoch", "loss", {}, {}}}), HasSubstr("no figures"));
}

TEST(Axis, TicksAreRoundAndTellApart) {
  const Axis axis = MakeAxis(std::vector<double>{0.9731, 0.9744}, false);
  EXPECT_GE(axis.ticks.size(), 3u);
  for (size_t i = 1; i < axis.texts.size(); ++i) EXPECT_NE(axis.texts[i], axis.texts[i - 1]);
  EXPECT_THAT(MakeAxis(std::vector<double>{0, 250000}, false).texts, Each(testing::ContainsRegex("^0$|^[0-9]+ k$")));
  EXPECT_THAT(CountAxis(std::vector<double>{1, 5}).texts, testing::ElementsAre("1", "2", "3", "4", "5"));
}

TEST(Svg, TextFromOutside_CannotBecomeMarkup) {
  EXPECT_EQ(Escaped("<a href=\"x\">&\n"), "&lt;a href=&quot;x&quot;&gt;&amp;?");
  ConfusionMatrix matrix(2);
  EXPECT_EQ(XmlFault(matrix.Svg("</svg><script>")), "");
}

uint32_t BigEndian(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes.at(at + i));
  return value;
}

// Reads a PNG back by the standard's own rules: signature, chunks with their CRC, the deflated rows.
TEST(EncodePng, ReadsBackTheSame) {
  const std::vector<uint8_t> pixels = {0, 10, 200, 255, 7, 8, 9, 1, 2, 3, 4, 5, 6, 77, 88, 99, 11, 12};  // 2 x 3 RGB
  const std::string png = EncodePng(2, 3, 3, pixels);
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  std::string names, data;
  for (size_t at = 8; at < png.size();) {
    const size_t size = BigEndian(png, at);
    names += png.substr(at + 4, 4);
    if (png.substr(at + 4, 4) == "IDAT") data = png.substr(at + 8, size);
    EXPECT_EQ(BigEndian(png, at + 8 + size),
              crc32(0, reinterpret_cast<const Bytef*>(&png[at + 4]), static_cast<uInt>(size + 4)));
    at += 12 + size;
  }
  EXPECT_EQ(names, "IHDRIDATIEND");
  EXPECT_EQ(BigEndian(png, 16), 3u);  // width
  EXPECT_EQ(BigEndian(png, 20), 2u);  // height
  std::vector<uint8_t> rows(2 * (1 + 9));
  uLongf size = rows.size();
  ASSERT_EQ(uncompress(rows.data(), &size, reinterpret_cast<const Bytef*>(data.data()), data.size()), Z_OK);
  ASSERT_EQ(size, rows.size());
  EXPECT_EQ(std::memcmp(&rows[1], pixels.data(), 9), 0);
  EXPECT_EQ(std::memcmp(&rows[11], &pixels[9], 9), 0);
}

TEST(Gallery, APictureAndItsTextForEach) {
  const std::vector<uint8_t> pixels(28 * 28, 128);
  const std::string svg =
      GallerySvg("most wrong", "truth → answer", 28, 28, 1, {{pixels, "7 → 2", "99.8 %"}, {pixels, "4 → 9", "98 %"}});
  EXPECT_EQ(XmlFault(svg), "");
  size_t images = 0;
  for (size_t at = 0; (at = svg.find("data:image/png;base64,iVBORw0KGgo", at)) != std::string::npos; ++at) ++images;
  EXPECT_EQ(images, 2u);
  EXPECT_THAT(svg, HasSubstr("4 → 9"));
  EXPECT_THAT(GallerySvg("t", "s", 28, 28, 1, {}), HasSubstr("none"));
}

}  // namespace
}  // namespace linnet::study
