// A path must have what its stages and its jobs address; all of it is checked before anything runs.
#include "scenarios/address_check.hpp"

#include <gmock/gmock.h>

#include "scenarios/test/scenario_test_base.hpp"

namespace blkpath {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// A disk of the default zones has 4 x 2,400 x 3,765 = 36,144,000 sectors of 512 bytes: 17.2348 GiB.
constexpr const char* kHead = "size: 25GiB\n";
constexpr const char* kVolume =
    "path:\n"
    "  volume: {model: dm_striped, members: 14, chunk: 32KiB}\n";
constexpr const char* kRest =
    "  block: {model: block_queue}\n"
    "  hba: {model: hba}\n"
    "  link: {model: fc_link}\n"
    "  shelf: {model: enclosure, level: jbod}\n"
    "  spindle: {model: disk, count: 14}\n";

class Addresses : public ScenarioTest {
 protected:
  std::string error(const std::string& text, const std::vector<std::string>& sets = {},
                    const std::string& size = "1g") {
    const Overrides overrides{.sets = sets,
                              .fio_args = {"--name=job", "--rw=randread", "--direct=1", "--size=" + size}};
    return refusal_of([&] { Simulation(load(text, overrides)); });
  }
  const std::string kStriped = std::string(kHead) + kVolume + kRest;
};

TEST_F(Addresses, AVolumeOverAllDisksOfAShelfIsSound) {
  EXPECT_EQ(error(kStriped), "");
  EXPECT_EQ(error(kStriped, {"path.volume.members=3"}), "");
}

TEST_F(Addresses, ARaidIsOneLunAndNotAMemberForEachDisk) {
  EXPECT_EQ(error(kStriped, {"path.shelf.level=raid5"}),
            "x.yaml:3: path.volume.members: 14 LUNs are addressed, but 'shelf' offers 1; for example "
            "'path.volume.members=1'");
  EXPECT_EQ(error(kStriped, {"path.shelf.level=raid5", "path.volume.members=1"}), "");
}

TEST_F(Addresses, MembersMustBeThere) {
  EXPECT_EQ(error(kStriped, {"path.spindle.count=3"}),
            "x.yaml:3: path.volume.members: 14 LUNs are addressed, but 'shelf' offers 3; for example "
            "'path.volume.members=3'");
  EXPECT_EQ(error(kStriped, {"path.volume.members=15"}),
            "command line: path.volume.members: 15 LUNs are addressed, but 'shelf' offers 14; for example "
            "'path.volume.members=14'");
  EXPECT_EQ(error("size: 1GiB\npath:\n  volume: {model: dm_linear, member: 14}\n" + std::string(kRest)),
            "x.yaml:3: path.volume.member: 15 LUNs are addressed, but 'shelf' offers 14; for example "
            "'path.volume.member=0'");
}

TEST_F(Addresses, AVolumeHidesItsMembersFromAVolumeAbove) {
  const std::string stacked = std::string(kHead) + "path:\n  upper: {model: dm_striped, members: 2}\n" +
                              std::string(kVolume).substr(6) + kRest;
  EXPECT_THAT(error(stacked), HasSubstr("path.upper.members: 2 LUNs are addressed, but 'volume' offers 1"));
}

TEST_F(Addresses, ALevelMustHaveTheDisksThatItNeeds) {
  const std::vector<std::string> two{"path.shelf.level=raid5", "path.volume.members=1",
                                     "path.spindle.count=2"};
  EXPECT_EQ(error(kStriped, two),
            "command line: path.shelf.level: raid5 cannot be built from 2 disks; give the disk stage a count "
            "of at least 3; for example 'path.shelf.level=jbod'");
}

TEST_F(Addresses, OneLinkToSeveralShelvesOfManyLunsIsAmbiguous) {
  const std::string text =
      "size: 1GiB\n"
      "path:\n"
      "  link: {model: fc_link, to: [a, b]}\n"
      "  a: {model: enclosure, level: jbod, to: disk_a}\n"
      "  b: {model: enclosure, level: jbod, to: disk_b}\n"
      "  disk_a: {model: disk, count: 2}\n"
      "  disk_b: {model: disk}\n";
  EXPECT_EQ(error(text),
            "x.yaml:3: path.link: with several stages below, each is one LUN, but 'a' offers 2; give it a "
            "link of its own, for example 'to: a'");
  EXPECT_EQ(error(text, {"path.disk_a.count=1"}), "");
}

// ---- bytes ------------------------------------------------------------------------------------------------

// Whole chunks of 32 KiB: 14 x 564,750 x 32 KiB = 241.29 GiB.
TEST_F(Addresses, TheDiskIsNoLargerThanItsMembersTogether) {
  EXPECT_EQ(error(kStriped, {"size=900GiB"}, "800g"),
            "command line: size: 900GiB is more than 'volume' holds, 241.2GiB; for example '241GiB'");
  EXPECT_EQ(error(kStriped, {"size=241GiB"}, "241g"), "");
}

TEST_F(Addresses, RaidCostsCapacity) {  // 7, 13 and 14 disks' worth
  for (const auto& [level, holds] :
       {std::pair{"raid10", "120.6GiB"}, std::pair{"raid5", "224.0GiB"}, std::pair{"raid0", "241.2GiB"}})
    EXPECT_THAT(
        error(kStriped, {"size=900GiB", "path.volume.members=1", std::string("path.shelf.level=") + level}),
        HasSubstr(holds))
        << level;
}

TEST_F(Addresses, WhereAVolumeBeginsIsNotItsSpace) {
  EXPECT_THAT(error(kStriped, {"size=900GiB", "path.volume.start=8GiB"}), HasSubstr("holds, 129.2GiB"));
  EXPECT_EQ(error(kStriped, {"path.volume.start=18GiB"}),
            "command line: path.volume.start: 18GiB is not inside a LUN of 'shelf', which has "
            "18072000KiB; for example 'path.volume.start=0B'");
}

TEST_F(Addresses, WithoutAVolumeOnlyTheFirstDiskIsThere) {
  const std::string text = "size: 100GiB\npath:\n" + std::string(kRest);
  EXPECT_EQ(
      error(text),
      "x.yaml:1: size: 100GiB is more than one LUN of 'shelf' holds, 17.2GiB, and only the first of its "
      "14 LUNs is used where the path has no volume; for example '17GiB', or a stage 'volume: {model: "
      "dm_striped, members: 14}' at the top of the path");
  EXPECT_EQ(error(text, {"size=17GiB"}), "");
}

TEST_F(Addresses, SmallDisksAreMeasuredInSmallUnits) {  // 2 x 100 x 10 sectors: 1,000 KiB
  const std::string text = "size: 1GiB\npath:\n  disk: {model: disk, heads: 2, zones: [[100, 10]]}\n";
  EXPECT_THAT(error(text, {}, "512k"), EndsWith("size: 1GiB is more than 'disk' holds, 1000KiB; for example "
                                                "'1000KiB'"));
  EXPECT_EQ(error(text, {"size=1000KiB"}, "512k"), "");
}

}  // namespace
}  // namespace blkpath
