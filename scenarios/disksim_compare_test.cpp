// Six drives that DiskSim was validated on, with the parameters of their files alone: demerit figures beside
// DiskSim's own.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "hw/disk_params.hpp"
#include "scenarios/device_replay.hpp"
#include "scenarios/disksim_disk.hpp"
#include "scenarios/disksim_file.hpp"

namespace blkpath {
namespace {

struct Drive {
  const char *folder, *specs;
  bool cached;
  double disksim_pct;  ///< demerit of DiskSim 4.0, all requests
  double allowed;      ///< times DiskSim's; what is reached, so that a change for the worse is seen
};
void PrintTo(const Drive& d, std::ostream* os) { *os << d.folder; }

std::string shared_data() {
  const char* set = std::getenv("BLKPATH_SHARED_DATA");
  return set ? set : BLKPATH_SOURCE_DIR "/../shared/data";
}

class DiskSimsOwnDrives : public testing::TestWithParam<Drive> {};

TEST_P(DiskSimsOwnDrives, AreMet) {
  const Drive& drive = GetParam();
  const std::string folder = shared_data() + "/disks/" + drive.folder + "/";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "there is no " << folder << "; BLKPATH_SHARED_DATA says where";
  ImportedPart imported = import_disksim_disk(folder + drive.specs);
  if (!drive.cached)  // its trace was recorded with the caches off
    imported.part.params = with(imported.part.params, [] {
      ConfigMap off;
      off.entries = {parse_parameter("segments=0"), parse_parameter("write_cache=false")};
      return off;
    }());
  const auto pairs = replay_on_device("disk", imported.part.params, "params",
                                      read_measured(folder + "measured.trace.xz"), 1);
  const LatencyDistance d = latency_distance(pairs, Which::all);
  RecordProperty("demerit_pct", std::to_string(d.demerit_pct()));
  EXPECT_LE(d.demerit_pct(), drive.allowed * drive.disksim_pct);
}

INSTANTIATE_TEST_SUITE_P(
    , DiskSimsOwnDrives,
    testing::Values(Drive{"cheetah15k5", "Seagate-Cheetah15k5.diskspecs", false, 4.84, 1.0},
                    Drive{"atlas10k", "atlas10k.diskspecs", true, 6.89, 0.75},
                    Drive{"cheetah4LP", "cheetah4LP.diskspecs", true, 5.97, 0.92},
                    Drive{"barracuda", "barracuda.diskspecs", true, 5.26, 0.92},
                    Drive{"hp_c2247a", "hp_c2247a.diskspecs", true, 0.61, 1.02},
                    Drive{"hp_c3323a", "hp_c3323a_validate.diskspecs", true, 1.83, 1.07}),
    [](const auto& drive) { return std::string(drive.param.folder); });

// Every line of the measured map of the 15K.5: first block, cylinder, head, sector, count.
TEST(DiskSimsMap, ThePatternLayoutIsTheMeasuredOne) {
  const std::string folder = shared_data() + "/disks/cheetah15k5/";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "there is no " << folder << "; BLKPATH_SHARED_DATA says where";
  DiskParams p;
  read_params(p, import_disksim_disk(folder + "Seagate-Cheetah15k5.diskspecs").part.params, "disk");
  const auto layout = p.layout();
  std::istringstream text(read_disksim_text(folder + "layout.mappings", {}));
  std::int64_t lines = 0, wrong = 0;
  for (std::string line; std::getline(text, line);) {
    long lbn = 0, count = 0;
    int cylinder = 0, head = 0, sector = 0;
    if (std::sscanf(line.c_str(), "lbn %ld --> cyl %d, head %d, sect %d, count %ld", &lbn, &cylinder, &head,
                    &sector, &count) != 5 ||
        lbn >= layout->sectors())
      continue;
    const DiskRun run = layout->find(lbn);
    ++lines;
    wrong += run.cylinder != cylinder || run.head != head || run.first != lbn;
  }
  EXPECT_GT(lines, 290'000);
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace blkpath
