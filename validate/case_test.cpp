#include "validate/case.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "model/core/error.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr const char* kHead =
    "name: demo\n"
    "description: two rows\n"
    "figures: [bw_mb, clat_ms]\n"
    "tolerance: {mean_abs_error_pct: 10, max_abs_error_pct: 25}\n";
constexpr const char* kRows =
    "rows:\n"
    "  - {row: one, scenario: s.yaml, measured: {bw_mb: 100, clat_ms: 2}, fitted: [bw_mb]}\n"
    "  - {row: two, scenario: s.yaml, measured: {clat_ms: 4}}\n";

class Case : public ::testing::Test {
 protected:
  Case()
      : folder_(std::filesystem::path(::testing::TempDir()) / ("blkpath_case_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "s.yaml") << "size: 1GiB\n";
  }
  ~Case() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& text) const {
    std::ofstream(folder_ / "case.yaml") << text;
    return folder_.string();
  }
  void expect_error(const std::string& text, const std::string& message) const {
    EXPECT_THAT([&] { load_case(write(text)); }, ThrowsMessage<ConfigError>(HasSubstr(message)));
  }
  std::filesystem::path folder_;
};

TEST_F(Case, ErrorsAreInPerCentOfTheMeasuredAndFittedFiguresAreMarked) {
  ValidationCase c = load_case(write(std::string(kHead) + kRows));
  run_case(c, [](const std::string&) {
    return std::map<std::string, double>{{"bw_mb", 110}, {"clat_ms", 2}};
  });
  ASSERT_EQ(c.results().size(), 3u);
  EXPECT_DOUBLE_EQ(c.results()[0].error_pct(), 10);
  EXPECT_TRUE(c.results()[0].fitted);
  EXPECT_FALSE(c.results()[1].fitted);
  EXPECT_DOUBLE_EQ(c.mean_abs_error_pct(), 20);
  EXPECT_DOUBLE_EQ(c.max_abs_error_pct(), 50);
  EXPECT_FALSE(c.within_tolerance());
  EXPECT_THAT(case_text(c), HasSubstr("OUTSIDE"));
  EXPECT_THAT(case_text(c), HasSubstr("+10.0*"));
}

TEST_F(Case, ARowWithoutAFigureLeavesItsColumnEmpty) {
  ValidationCase c = load_case(write(std::string(kHead) + kRows));
  run_case(c, [](const std::string&) {
    return std::map<std::string, double>{{"bw_mb", 100}, {"clat_ms", 4}};
  });
  const std::string text = case_text(c);
  const auto line_of = [&](const std::string& row) {
    const std::size_t at = text.find("\n" + row + " ") + 1;
    return text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(line_of("one").rfind(" | "), line_of("two").rfind(" | "));
}

TEST_F(Case, TheToleranceItselfIsStillWithin) {
  ValidationCase c = load_case(write(std::string(kHead) + kRows));
  run_case(c, [](const std::string&) {
    return std::map<std::string, double>{{"bw_mb", 125}, {"clat_ms", 2}};
  });
  c.mean_tolerance_pct = c.mean_abs_error_pct();
  c.max_tolerance_pct = c.max_abs_error_pct();
  EXPECT_TRUE(c.within_tolerance());
  c.mean_tolerance_pct -= 1e-9;
  EXPECT_FALSE(c.within_tolerance());
}

TEST_F(Case, WhatIsMissingOrMisspeltIsNamedWithItsLine) {
  const std::string file = (folder_ / "case.yaml").string();
  expect_error("name: x\n", file + ":1: figures: is missing, for example 'figures: [bw_mb, clat_ms]'");
  expect_error(std::string(kHead) + "rws: []\n", file + ":5: rws: unknown key. Did you mean 'rows'?");
  expect_error(std::string(kHead) + "rows: one\n", ":5: rows: needs a list, for example");
  expect_error(std::string(kHead) + "rows: []\n", "rows: needs a list, for example");
  expect_error(std::string(kHead) + "rows: [one]\n", ":5: row: keys are wanted here, for example 'row: ");
  const auto row = [&](const std::string& body) {
    return std::string(kHead) + "rows:\n  - {" + body + "}\n";
  };
  expect_error(row("row: a, scenario: gone.yaml, measured: {bw_mb: 1}"), ":6: scenario: there is no file '");
  expect_error(row("row: a, scenario: s.yaml"),
               "measured: is missing, for example 'measured: {clat_ms: 19.59}'");
  expect_error(row("row: a, scenario: s.yaml, measured: {bw_mb: fast}"),
               "bw_mb: 'fast' is not a number above zero");
  expect_error(row("row: a, scenario: s.yaml, measured: {bw_mb: 0}"),
               "'0' is not a number above zero, for example '61.2'");
  expect_error(row("row: a, scenario: s.yaml, measured: {bw_mib: 1}"),
               "'bw_mib' is not one of bw_mb, clat_ms. Did you mean 'bw_mb'?");
  expect_error(row("row: a, scenario: s.yaml, measured: {bw_mb: 1}, fitted: [clat_ms]"),
               "fitted: 'clat_ms' is not one of bw_mb");
  expect_error(row("row: a, scenario: s.yaml, measured: {bw_mb: 1}, fited: [bw_mb]"),
               "fited: unknown key. Did you mean 'fitted'?");
  expect_error(std::string(kHead) + kRows + "  - {row: two, scenario: s.yaml, measured: {bw_mb: 1}}\n",
               ":8: row: there is a row 'two' already");
}

TEST_F(Case, TolerancesAreNumbersAboveZero) {
  const auto with = [](const std::string& tolerance) {
    return "name: x\nfigures: [bw_mb]\ntolerance: " + tolerance + "\n" + std::string(kRows);
  };
  expect_error(with("10"), ":3: mean_abs_error_pct: keys are wanted here");
  expect_error(with("{mean_abs_error_pct: -1, max_abs_error_pct: 2}"), "'-1' is not a number above zero");
  expect_error(with("{mean_abs_error_pct: .nan, max_abs_error_pct: 2}"), "'.nan' is not a number above zero");
  expect_error(with("{mean_abs_error_pct: 1}"), "max_abs_error_pct: is missing");
}

TEST_F(Case, WhatIsNotThereOrNotYamlIsSaid) {
  EXPECT_THAT([] { load_case("gone"); },
              ThrowsMessage<ConfigError>("command line: CASE: there is no case file 'gone'"));
  expect_error("name: [x\n", ": not YAML: ");
  expect_error("- a\n", ":1: a case is a map of keys");
}

TEST_F(Case, AFigureThatNobodyPredictsIsAnError) {
  ValidationCase c = load_case(write(std::string(kHead) + kRows));
  EXPECT_THAT(
      [&] { run_case(c, [](const std::string&) {
              return std::map<std::string, double>{{"iops", 1}};
            }); },
      ThrowsMessage<std::runtime_error>(HasSubstr("row 'one': no figure is called 'bw_mb'; there are iops")));
}

}  // namespace
}  // namespace blkpath
