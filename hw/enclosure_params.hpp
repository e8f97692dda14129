/// What an array is described by.
#pragma once
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "hw/raid_layout.hpp"
#include "hw/raid_planner.hpp"
#include "model/core/params.hpp"

namespace blkpath {

/// A disk that fails, and when.
struct DiskFailure {
  std::int64_t disk = 0;
  Time at{0};
  static constexpr auto fields() { return std::tuple{&DiskFailure::disk, &DiskFailure::at}; }
  static std::string example() { return "[3, 10s]"; }
};

struct EnclosureParams {
  RaidLevel level = RaidLevel::jbod;
  Bytes chunk = 64_KiB;
  Time command_cost = 20us;
  ParityWrite parity_write = ParityWrite::automatic;
  MirrorRead mirror_read = MirrorRead::in_turn;
  // Failures.
  std::vector<DiskFailure> failures;
  std::int64_t hot_spares = 0;
  ByteRate rebuild_rate{200 * 1024 * 1000};
  Bytes rebuild_chunk = 1_MiB;

  static auto fields() {
    using P = EnclosureParams;
    return std::tuple{
        field("level", &P::level, "how the disks are presented", configured()),
        field("chunk", &P::chunk, "bytes on one disk before the next one's turn (RAID)", configured()),
        field("command_cost", &P::command_cost, "controller time of one host command (RAID)",
              assumed("a controller of 50k commands per second")),
        field("parity_write", &P::parity_write,
              "what is read for the new parity of a part of a stripe; auto: from fewer disks, as Linux md "
              "(RAID "
              "5, 6)",
              configured()),
        field("mirror_read", &P::mirror_read, "which mirror is read (RAID 1, 10)", configured()),
        field("failures", &P::failures, "disks that fail: number and time, 0s for one that is missing",
              configured()),
        field("hot_spares", &P::hot_spares, "disks at the end of the count that stand in for one that fails",
              configured()),
        field("rebuild_rate", &P::rebuild_rate,
              "what is copied to a spare in a second, at most; Linux md's speed_limit_max", configured()),
        field("rebuild_chunk", &P::rebuild_chunk, "bytes of each disk that are copied to a spare at a time",
              configured()),
    };
  }
  bool redundant() const { return level != RaidLevel::jbod && level != RaidLevel::raid0; }
  /// @throws std::invalid_argument
  void check() const;
  /// The layout over so many disks, spares included. @throws ParameterError when the level cannot have them
  RaidLayout layout(std::int64_t disks) const;
};

}  // namespace blkpath
