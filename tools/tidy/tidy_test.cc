// Every check must fail on a seeded violation and stay silent on the same tree without it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "files.h"
#include "linnet/tidy/tidy.h"

namespace linnet::tidy {
namespace {
namespace fs = std::filesystem;

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A small tree of modules in a folder of its own.
class TidyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "linnet_tidy_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    Write("core/base/CMakeLists.txt", "linnet_module(core/base)\n");
    Write("core/base/include/linnet/base/bytes.h",
          "#pragma once\n#include <cstddef>\ninline size_t Size() { return 1; }\n");
    Write("core/wire/CMakeLists.txt", "linnet_module(core/wire DEPS base)\n");
    Write("core/wire/include/linnet/wire/cbor.h", "#pragma once\n#include \"linnet/base/bytes.h\"\n");
    Write("server/http/CMakeLists.txt", "linnet_module(server/http ONLY host DEPS base wire LINK Some::thing)\n");
    Write("server/http/http.cc", "#include \"linnet/wire/cbor.h\"\n");
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

  static constexpr const char* kRules =
      "wing core: core\nwing server: server core  # a remark\nonly core/base:\nmeet core/coap core/lwm2m: "
      "server/lwm2m\n";
  fs::path root_;
};

TEST_F(TidyTest, LayeredTree_HasNoFindings) {
  EXPECT_THAT(CheckArrows(root_, kRules), IsEmpty());
  EXPECT_THAT(CheckHeaders(root_, 2), IsEmpty());
}

TEST_F(TidyTest, CycleThroughDeps_IsFound) {
  Write("core/base/CMakeLists.txt", "linnet_module(core/base DEPS wire)\n");
  EXPECT_THAT(CheckArrows(root_, kRules), Contains(Field(&Finding::message, HasSubstr("closes a cycle"))));
}

TEST_F(TidyTest, CycleThroughAnInclude_IsFound) {
  Write("core/base/bytes.cc", "#include \"linnet/wire/cbor.h\"\n");
  EXPECT_THAT(CheckArrows(root_, kRules),
              Contains(Field(&Finding::message, HasSubstr("core/base -> core/wire -> core/base"))));
}

TEST_F(TidyTest, ModuleInsideAModule_OwnsItsFiles) {
  Write("core/wire/cbor/CMakeLists.txt", "linnet_module(core/wire/cbor DEPS base)\n");
  Write("core/wire/cbor/cbor.cc", "#include \"linnet/http/server.h\"\n");
  const Findings findings = CheckArrows(root_, kRules);
  EXPECT_THAT(findings, ElementsAre(Field(&Finding::message, HasSubstr("upward arrow core/wire/cbor -> server/http"))));
}

TEST_F(TidyTest, UpwardInclude_IsFoundWithItsFile) {
  Write("core/wire/cbor.cc", "  #  include \"linnet/http/server.h\"\n");
  EXPECT_THAT(CheckArrows(root_, kRules), Contains(Field(&Finding::file, "core/wire/cbor.cc")));
}

TEST_F(TidyTest, UpwardIncludeInATest_IsAllowed) {
  Write("core/wire/cbor_test.cc", "#include \"linnet/http/server.h\"\n");
  EXPECT_THAT(CheckArrows(root_, kRules), IsEmpty());
}

TEST_F(TidyTest, ArrowOutsideTheListOfAModule_IsFound) {
  EXPECT_THAT(CheckArrows(root_, std::string(kRules) + "only server/http: core/base\n"),
              Contains(Field(&Finding::message, HasSubstr("not among those of server/http"))));
}

TEST_F(TidyTest, CoapMeetingLwm2mElsewhere_IsFound) {
  Write("core/coap/CMakeLists.txt", "linnet_module(core/coap)\n");
  Write("core/lwm2m/CMakeLists.txt", "linnet_module(core/lwm2m)\n");
  Write("server/http/CMakeLists.txt", "linnet_module(server/http DEPS coap lwm2m)\n");
  EXPECT_THAT(CheckArrows(root_, kRules), Contains(Field(&Finding::message, HasSubstr("together"))));
}

TEST_F(TidyTest, UnknownDependency_IsFound) {
  Write("server/http/CMakeLists.txt", "linnet_module(server/http DEPS bse)\n");
  EXPECT_THAT(CheckArrows(root_, kRules), Contains(Field(&Finding::message, HasSubstr("no module"))));
}

TEST_F(TidyTest, HeaderThatNeedsAnother_IsFound) {
  Write("core/wire/include/linnet/wire/tlv.h", "#pragma once\ninline std::string Text();\n");
  EXPECT_THAT(CheckHeaders(root_, 2), ElementsAre(Field(&Finding::file, "core/wire/include/linnet/wire/tlv.h")));
}

TEST(BannedSymbols, HeapPrintfAndExceptions_AreNamed) {
  EXPECT_THAT(BannedSymbols("         U malloc\n         U memcpy\n         U _Znwj\n         U snprintf\n"
                            "         U __cxa_throw\n         U _ZN6linnet4wire10CborWriter4PutsEv\n"),
              ElementsAre("malloc", "_Znwj", "snprintf", "__cxa_throw"));
}

TEST_F(TidyTest, ObjectThatCallsMalloc_IsFoundByNm) {
  Write("heap.cc", "#include <cstdlib>\nvoid* Take() { return std::malloc(3); }\n");
  fs::create_directories(root_ / "m4/core/base");
  const Ran ran = ::linnet::tidy::Run("arm-none-eabi-g++ -c -o " + Quoted(root_ / "m4/core/base/heap.cc.obj") + " " +
                                      Quoted(root_ / "heap.cc"));
  ASSERT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(CheckSymbols(root_, root_ / "m4"), ElementsAre(Field(&Finding::message, HasSubstr("needs malloc"))));
}

TEST_F(TidyTest, NoObjectsAtAll_IsAFinding) { EXPECT_EQ(CheckSymbols(root_, root_ / "m4").size(), 1u); }

TEST_F(TidyTest, PlaceOfOneMachineAndPromise_AreFound) {
  Write("a.sh", std::string("ok\ncd /wo") + "rk/main\n");
  Write("b.cc", std::string("// TO") + "DO later\n// mktemp XXXXXX is fine, stubborn too\n");
  EXPECT_THAT(CheckWords(root_, {"a.sh", "b.cc"}),
              ElementsAre(Field(&Finding::file, "a.sh:2"), Field(&Finding::file, "b.cc:1")));
}

TEST_F(TidyTest, DocumentNamingWhatIsNotThere_IsFound) {
  Write("README.md", "See `core/wire/cbor.h`, `core/base`, [x](core/base/CMakeLists.txt).\nAnd `core/w*`.\n");
  EXPECT_THAT(CheckDocuments(root_, {"README.md"}),
              ElementsAre(Field(&Finding::message, HasSubstr("core/wire/cbor.h"))));
}

}  // namespace
}  // namespace linnet::tidy
