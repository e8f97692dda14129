/// One I/O on its way through the path.
#pragma once
#include <array>
#include <cstdint>

#include "model/core/event_tree.hpp"
#include "model/core/units.hpp"

namespace blkpath {

enum class Op : std::uint8_t { read, write, flush, trim };

using StageId = std::uint16_t;
inline constexpr StageId kNoStage = 0xffff;

/// A request lives in a slot; a stage that splits it opens child requests in slots of their own.
struct alignas(128) Request {  // two cache lines, so that an index is a shift
  /// Stages below one another that one request may visit before it is split.
  static constexpr std::size_t kMaxDepth = 20;

  enum Flag : std::uint8_t {
    kFua = 1,         ///< durable before it completes (O_SYNC, O_DSYNC, forced unit access)
    kDirect = 2,      ///< opened O_DIRECT by the issuer
    kBackground = 4,  ///< nobody's latency: writeback, destage
  };

  std::int64_t offset = 0;   ///< bytes, on the device that the present stage sees; put back on the way up
  std::int64_t origin = 0;   ///< offset at which it entered the path; never changes
  std::uint32_t length = 0;  ///< bytes
  Op op = Op::read;
  std::uint8_t flags = 0;
  std::uint8_t phase = 0;    ///< for the stage that holds it
  std::uint8_t depth = 0;    ///< stages in `route`; the last one holds it
  std::uint16_t error = 0;   ///< errno, 0 when none
  std::uint16_t target = 0;  ///< member device or LUN, set by the volume
  std::uint32_t children = 0;
  std::uint32_t carried_ns = 0;  ///< work that a stage below leaves to the thread that handles its completion
  Slot parent = kNoSlot;
  Slot next = kNoSlot;  ///< link of the queue in which it stands
  std::uint32_t bucket = 0;
  Instant since{};  ///< until here its time has been booked
  Instant born{};
  std::uint64_t user = 0;  ///< for the stage that opened it
  std::array<StageId, kMaxDepth> route{};
};

}  // namespace blkpath
