#include "scenarios/part.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "scenarios/test/temp_folder.hpp"

namespace blkpath {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kPart =
    "part: A disk\nkind: disk\nmodel: disk\ndate: 2007-05\n"
    "price: {usd: 360, when: 2008-03, provenance: assumed, source: a guess}\n"
    "power: {idle_w: 11.9, active_w: 17.4, source: its manual}\n"
    "provenance: datasheet\nsource: its manual\n"
    "params:\n  rpm: 10000\n  overhead: {value: 200us, provenance: assumed, source: the class}\n";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  return text.replace(text.find(what), what.size(), with);
}

TEST(Part, EveryParameterHasAProvenance) {
  TempFolder folder;
  const Part part = load_part(folder.write("p.yaml", kPart));
  EXPECT_EQ(part.name, "A disk");
  EXPECT_EQ(part.params.entries[0].second.provenance->kind, Provenance::Kind::datasheet);
  EXPECT_EQ(part.params.entries[0].second.provenance->source, "its manual");
  EXPECT_EQ(part.params.entries[1].second.provenance->source, "the class");
  EXPECT_EQ(part.price->usd, 360);
  EXPECT_EQ(part.price->provenance.kind, Provenance::Kind::assumed);
  EXPECT_EQ(part.power->active_w, 17.4);
}

TEST(Part, WhatIsWrongIsNamedWithItsLine) {
  TempFolder folder;
  const auto expect = [&](const std::string& what, const std::string& with, const std::string& message) {
    EXPECT_THAT([&] { load_part(folder.write("p.yaml", replaced(kPart, what, with))); },
                ThrowsMessage<ConfigError>(HasSubstr(message)));
  };
  expect("kind: disk", "kind: tape", "p.yaml:2: kind: 'tape' is not one of disk, ssd");
  expect("2007-05", "May 2007", "p.yaml:4: date: 'May 2007' is not a year or a month");
  expect("usd: 360", "usd: cheap", "p.yaml:5: price.usd: 'cheap' is not an amount");
  expect(", source: a guess", "", "price.source: is missing");
  expect("idle_w", "idle_v", "power.idle_v: unknown key. Did you mean 'idle_w'?");
  expect("rpm: 10000", "rmp: 10000", "p.yaml:10: params.rmp: unknown key. Did you mean 'rpm'?");
  expect("model: disk", "model: disc", "Did you mean 'disk'?");
}

TEST(Part, AFileThatIsNotThereIsNamedByWhoAsked) {
  EXPECT_THAT(
      [] {
        load_part("none.yaml", {"s.yaml", 4}, "path.d.part");
      },
      ThrowsMessage<ConfigError>(HasSubstr("s.yaml:4: path.d.part: there is no file 'none.yaml'")));
}

TEST(Part, AServerHasFactsAndNoModel) {
  TempFolder folder;
  const std::string file =
      folder.write("s.yaml",
                   "part: A server\nkind: server\nprovenance: datasheet\nsource: its manual\n"
                   "host: {sockets: 2, cores: 8, ghz: 2.33, memory: 16GiB, slots: 2 PCIe x8}\n");
  const Part server = load_any_part(file);
  ASSERT_TRUE(server.host.has_value());
  EXPECT_EQ(server.host->cores, 8);
  EXPECT_EQ(server.host->memory, 16_GiB);
  EXPECT_EQ(server.host->provenance.source, "its manual");
  EXPECT_THAT([&] { load_part(file); }, ThrowsMessage<ConfigError>(HasSubstr("stands on no path")));
  EXPECT_THAT([&] { load_any_part(folder.write("t.yaml", "part: A\nkind: server\nhost: {sockets: two}\n")); },
              ThrowsMessage<ConfigError>(
                  HasSubstr("t.yaml:3: host.sockets: 'two' is not an amount, for example '2'")));
}

TEST(Part, WhatIsWrittenOverReplacesWhatThePartSays) {
  TempFolder folder;
  const Part part = load_part(folder.write("p.yaml", kPart));
  ConfigMap over;
  over.entries.push_back(parse_parameter("rpm=15000"));
  over.entries.push_back(parse_parameter("tags=32"));
  const ConfigMap both = with(part.params, over);
  ASSERT_EQ(both.entries.size(), 3u);
  EXPECT_EQ(both.entries[0].second.text, "15000");
  EXPECT_FALSE(both.entries[0].second.provenance.has_value());
  EXPECT_EQ(both.entries[2].first, "tags");
}

TEST(Part, WhatIsWrittenReadsBack) {
  TempFolder folder;
  const Part part =
      load_part(folder.write("p.yaml", replaced(kPart, "part: A disk", "part: 'A \"disk\": 15K #2'")));
  const Part again = load_part(folder.write("q.yaml", part_text(part, {"a comment"})));
  EXPECT_EQ(again.name, "A \"disk\": 15K #2");
  EXPECT_EQ(again.kind, "disk");
  EXPECT_EQ(again.date, "2007-05");
  EXPECT_EQ(again.price->usd, 360);
  EXPECT_EQ(again.price->provenance.source, "a guess");
  EXPECT_EQ(again.power->active_w, 17.4);
  ASSERT_EQ(again.params.entries.size(), 2u);
  EXPECT_EQ(again.params.entries[1].second.provenance->source, "the class");
}

TEST(Catalogue, EveryPartIsWholeAndItsModelTakesIt) {
  int parts = 0;
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(BLKPATH_SOURCE_DIR "/hw/catalog")) {
    if (entry.path().extension() != ".yaml") continue;
    SCOPED_TRACE(entry.path().string());
    const Part part = load_any_part(entry.path().string());
    ++parts;
    EXPECT_EQ(part.host.has_value(), part.kind == "server");
    EXPECT_EQ(part.kind, entry.path().parent_path().filename().string());
    EXPECT_TRUE(names.insert(part.name).second) << "two parts of one name";
    EXPECT_FALSE(part.date.empty());
    EXPECT_TRUE(part.price.has_value());
    EXPECT_TRUE(part.power.has_value());
    if (part.host) {
      EXPECT_FALSE(part.host->provenance.source.empty());
    }
    for (const auto& [name, value] : part.params.entries)
      EXPECT_FALSE(value.provenance->source.empty()) << name << " says not where it comes from";
  }
  EXPECT_GE(parts, 25);
}

}  // namespace
}  // namespace blkpath
