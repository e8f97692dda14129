#include "scenarios/config_tree.hpp"

#include <gmock/gmock.h>

#include "scenarios/test/temp_folder.hpp"

namespace blkpath {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string parse_error(const std::string& text) {
  return error_of([&] { parse_config(text, "x.yaml"); });
}

TEST(Config, EveryValueKnowsItsLine) {
  const Config c =
      parse_config("size: 1GiB\n\npath:\n  disk:\n    model: disk\n    zones: [[1, 2]]\n", "x.yaml");
  EXPECT_EQ(c.find("size")->place.str(), "x.yaml:1");
  EXPECT_EQ(c.find("path")->place.str(), "x.yaml:3");
  const Config& disk = *c.find("path")->find("disk");
  EXPECT_EQ(disk.place.str(), "x.yaml:4");
  EXPECT_EQ(disk.find("model")->place.str(), "x.yaml:5");
  EXPECT_EQ(disk.find("zones")->items[0].items[1].text, "2");
  EXPECT_THAT(disk.keys(), ElementsAre("model", "zones"));
}

TEST(Config, AKeyTwiceNamesBothLines) {
  EXPECT_EQ(parse_error("size: 1GiB\njob: a.fio\nsize: 2GiB\n"),
            "x.yaml:3: size: stands here for the second time; the first is in line 1");
}

TEST(Config, WhatIsNotYamlNamesTheLine) {
  EXPECT_THAT(parse_error("size: 1GiB\npath: {disk: {model: disk}\n"), StartsWith("x.yaml:3: not YAML: "));
  EXPECT_THAT(parse_error("a: b: c\n"), StartsWith("x.yaml:1: not YAML: "));
  EXPECT_THAT(parse_error("a:\n\t- b\n"), StartsWith("x.yaml:2: not YAML: "));
}

TEST(Config, ASecondDocumentAKeyOfSeveralWordsAndAnEndlessAliasAreRefused) {
  EXPECT_THAT(parse_error("a: 1\n---\nb: 2\n"), HasSubstr("a second YAML document begins here"));
  EXPECT_EQ(parse_error("[a, b]: 1\n"), "x.yaml:1: a key must be one word, for example 'size: 100GiB'");
  EXPECT_THAT(parse_error("a: &x\n  b: *x\n"), HasSubstr("does an alias name itself?"));
}

TEST(Config, AnAliasStandsForWhatItNames) {
  const Config c = parse_config("a: &x {bus: 3MB/s}\nb: *x\n", "x.yaml");
  EXPECT_EQ(c.find("b")->find("bus")->text, "3MB/s");
  EXPECT_EQ(c.find("b")->place.line, 2);
}

class Extends : public ::testing::Test {
 protected:
  TempFolder folder_;
};

TEST_F(Extends, IsRelativeToTheFileThatSaysSoAndChains) {
  folder_.write("base/host.yaml", "seed: 1\npath: {hba: {model: hba, bus: 100MB/s}, disk: {model: disk}}\n");
  folder_.write("base/guest.yaml", "extends: host.yaml\nguest: {vcpus: 1}\n");
  const std::string top =
      folder_.write("top.yaml", "extends: base/guest.yaml\nseed: 3\npath: {hba: {bus: 200MB/s}}\n");
  const Config c = load_config(top);
  EXPECT_EQ(c.find("seed")->text, "3");
  EXPECT_EQ(c.find("seed")->place.str(), top + ":2");
  EXPECT_EQ(c.find("guest")->find("vcpus")->text, "1");
  const Config& path = *c.find("path");
  EXPECT_THAT(path.keys(), ElementsAre("hba", "disk"));
  EXPECT_EQ(path.find("hba")->find("model")->text, "hba");
  EXPECT_EQ(path.find("hba")->find("bus")->text, "200MB/s");
}

TEST_F(Extends, ACircleIsAnErrorAtTheLineThatClosesIt) {
  folder_.write("a.yaml", "extends: b.yaml\n");
  const std::string b = folder_.write("b.yaml", "seed: 1\nextends: a.yaml\n");
  EXPECT_THAT(
      error_of([&] { load_config(folder_.path("a.yaml")); }),
      AllOf(StartsWith(b + ":2: extends: "), EndsWith("extends itself, by way of the files it extends")));
  const std::string self = folder_.write("self.yaml", "extends: ./self.yaml\n");
  EXPECT_THAT(error_of([&] { load_config(self); }), StartsWith(self + ":1: extends: "));
}

TEST_F(Extends, WhatCannotBeReadNamesWhoAskedForIt) {
  const std::string top = folder_.write("top.yaml", "seed: 1\nextends: gone.yaml\n");
  EXPECT_EQ(error_of([&] { load_config(top); }),
            top + ":2: extends: cannot read '" + folder_.path("gone.yaml") + "': No such file or directory");
  const std::string list = folder_.write("list.yaml", "extends: [a, b]\n");
  EXPECT_EQ(error_of([&] { load_config(list); }),
            list + ":1: extends: needs one file name, for example 'extends: common.yaml'");
}

TEST_F(Extends, AMissingFileAFolderAndAnEmptyFileAreErrors) {
  EXPECT_EQ(error_of([] { load_config("gone.yaml"); }),
            "command line: SCENARIO: cannot read 'gone.yaml': No such file or directory");
  EXPECT_THAT(error_of([&] { load_config(folder_.path()); }),
              HasSubstr("it is a folder; a scenario is one file"));
  const std::string empty = folder_.write("empty.yaml", "");
  EXPECT_EQ(error_of([&] { load_config(empty); }),
            empty + ":1: a scenario is a map of keys, for example 'job: guestrun.fio'");
}

std::string set_error(const std::string& assignment) {
  Config root = parse_config("disk: {cache: none}\n", "x.yaml");
  return error_of([&] { apply_set(root, assignment); });
}

TEST(Set, ReplacesNestedValuesAndKeepsTheirNeighbours) {
  Config root = parse_config("disk: {cache: none, aio: native}\n", "x.yaml");
  apply_set(root, "disk.cache=writeback");
  apply_set(root, "path.volume.to=[a, b]");
  apply_set(root, "description=x=y");
  EXPECT_EQ(root.find("disk")->find("cache")->text, "writeback");
  EXPECT_EQ(root.find("disk")->find("cache")->place.str(), "command line");
  EXPECT_EQ(root.find("disk")->find("aio")->place.str(), "x.yaml:1");
  EXPECT_EQ(root.find("path")->find("volume")->find("to")->items[1].text, "b");
  EXPECT_EQ(root.find("description")->text, "x=y");
}

TEST(Set, WithoutKeyOrValueShowsAGoodOne) {
  EXPECT_EQ(set_error("disk.cache"),
            "command line: --set: 'disk.cache' needs a key and a value, for example 'disk.cache=none'");
  EXPECT_THAT(set_error("=none"), HasSubstr("needs a key and a value"));
  EXPECT_THAT(set_error("disk..cache=none"), HasSubstr("has an empty key, a good one is 'disk.cache=none'"));
  EXPECT_THAT(set_error("disk.cache=[none"), StartsWith("command line: disk.cache: not YAML: "));
  EXPECT_EQ(set_error("extends=y.yaml"), "command line: extends: only a file can say what it extends");
}

TEST(Values, StateTheirProvenance) {
  const Config c = parse_config(
      "a: {value: 40us, provenance: fitted, source: cases/x.yaml, standard_error: 2us}\nb: 3us\nl: [[1, 2], "
      "[3, 4]]\n",
      "x.yaml");
  const ConfigValue a = to_value(*c.find("a"), "link.a");
  EXPECT_EQ(a.text, "40us");
  EXPECT_EQ(a.provenance->kind, Provenance::Kind::fitted);
  EXPECT_EQ(a.provenance->source, "cases/x.yaml");
  EXPECT_EQ(a.provenance->standard_error, "2us");
  EXPECT_FALSE(to_value(*c.find("b"), "link.b").provenance);
  EXPECT_EQ(to_value(*c.find("l"), "l").items[1].items[0].text, "3");
}

TEST(Values, ANewValueDoesNotInheritTheOldProvenance) {
  Config root = parse_config("link: {a: {value: 40us, provenance: measured}}\n", "x.yaml");
  apply_set(root, "link.a=50us");
  EXPECT_FALSE(to_value(*root.find("link")->find("a"), "link.a").provenance);
}

TEST(Values, AStageCalledValueIsNotAValue) {
  Config root = parse_config("path: {value: {model: disk}, x: {model: hba}}\n", "x.yaml");
  apply_set(root, "path.x.bus=3MB/s");
  EXPECT_THAT(root.find("path")->keys(), ElementsAre("value", "x"));
}

TEST(Values, WrongShapesAndKeysAreErrors) {
  const auto error = [](const std::string& text) {
    return error_of([&] { to_value(*parse_config(text, "x.yaml").find("a"), "link.a"); });
  };
  EXPECT_THAT(error("a: {b: c}"), StartsWith("x.yaml:1: link.a: a map stands where one value is wanted"));
  EXPECT_THAT(error("a: {value: {b: c}}"), StartsWith("x.yaml:1: link.a.value: a map stands where"));
  EXPECT_EQ(error("a: {value: 1us, sorce: b}"),
            "x.yaml:1: link.a.sorce: unknown key. Did you mean 'source'?");
  EXPECT_THAT(error("a:\n  value: 1us\n  provenance: fitted\n"),
              ::testing::HasSubstr("link.a.source: is missing: what the value was fitted to"));
  EXPECT_EQ(error("a:\n  value: 1us\n  provenance: guessed\n"),
            "x.yaml:3: link.a.provenance: 'guessed' is not a provenance: one of configured, datasheet, "
            "measured, fitted, assumed");
  EXPECT_THAT(error("a: {value: 1us, source: [b]}"), HasSubstr("link.a.source: needs one value"));
  EXPECT_EQ(error_of([] { to_section(*parse_config("a: 5", "x.yaml").find("a"), "hba"); }),
            "x.yaml:1: hba: '5' stands where keys are wanted, for example 'hba: {name: value}'");
  EXPECT_THAT(error_of([] { to_section(*parse_config("a: [5]", "x.yaml").find("a"), "hba"); }),
              HasSubstr("a list stands"));
}

}  // namespace
}  // namespace blkpath
