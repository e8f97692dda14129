/// An array of test devices, for the tests of its stage.
#pragma once
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "hw/raid_planner.hpp"
#include "model/core/test/test_path.hpp"

namespace blkpath::test {

constexpr std::int64_t kKi = 1024, kChunk = 64 * kKi;

inline std::vector<DiskIo> disk_ios(const TestPath& path) {
  std::vector<DiskIo> all;
  for (const Seen& s : path.seen)
    all.push_back({static_cast<std::uint16_t>(s.device), s.op, s.offset, s.length});
  return all;
}
inline std::vector<std::size_t> disks(const TestPath& path) {
  std::vector<std::size_t> all;
  for (const Seen& s : path.seen) all.push_back(s.device);
  return all;
}

using Params = std::vector<std::pair<std::string, std::string>>;

/// A shelf of disks that take 1 ms; its controller takes 20 us for a command. `more` replaces what is here.
struct Shelf : TestPath {
  Shelf(const std::string& level, std::size_t count, const Params& more = {}, Bytes size = Luns::kUnlimited)
      : TestPath({{"enclosure", params(level, more)}}, {.service = 1ms, .count = count, .size = size}) {
    probe->blocks = false;
  }
  static Params params(const std::string& level, const Params& more) {
    Params all = more;
    for (const auto& one : Params{{"level", level}, {"chunk", "64KiB"}, {"command_cost", "20us"}})
      if (std::none_of(more.begin(), more.end(), [&](const auto& m) { return m.first == one.first; }))
        all.push_back(one);
    return all;
  }
};
/// Small writes to four disks read old data and parity, and not as many others.
inline const Params kRmw{{"parity_write", "rmw"}};

}  // namespace blkpath::test
