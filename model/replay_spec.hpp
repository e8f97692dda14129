/// How a trace becomes the requests of a job, as plain data. Read by scenarios/, run by model/trace_workload.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/core/error.hpp"
#include "model/core/units.hpp"

namespace blkpath {

/// When the next request of a trace is issued.
enum class Pacing : std::uint8_t {
  open,       ///< at its time stamp, whatever has become of those before it
  closed,     ///< as soon as fewer than iodepth are in flight; time stamps are ignored
  dependent,  ///< one at a time; after a completion as much later as in the trace
  stalls,     ///< as fio's read_iolog: after an issue as much later as in the trace, or when the depth allows
};

/// What becomes of offsets that were recorded on another device.
enum class Remap : std::uint8_t {
  none,   ///< they must fit
  wrap,   ///< modulo the device's size
  scale,  ///< stretched or shrunk from the trace's span to the device's size
};

struct ReplaySpec {
  std::vector<std::string> files{};  ///< clones of a job take turns
  std::string format{};              ///< empty: found out from the file
  Place place{};                     ///< where the user asked for it, for messages

  Pacing pacing = Pacing::open;
  double speed = 1;       ///< recorded times are divided by it
  int max_in_flight = 0;  ///< open: the rest waits, and is late; 0: no limit. The others have iodepth
  bool one_thread =
      false;  ///< one thread submits all, at fio's costs; else each request has a caller of its own

  std::optional<std::uint32_t> device{};  ///< of the trace; absent: all of its devices as one
  std::array<bool, 4> skip{};             ///< by Op: these are left out
  std::int64_t limit = 0;                 ///< so many requests at most; 0: all
  std::int64_t skip_bad = 0;              ///< so many malformed records may be passed over
  bool read_only = false;                 ///< a write is an error

  // From a recorded offset to one on the device, in this order.
  std::int64_t divisor = 1;    ///< fio's replay_scale
  std::int64_t alignment = 1;  ///< fio's replay_align: down to a multiple of it, a power of two
  Remap remap = Remap::none;
  std::optional<Bytes> span{};  ///< scale: of the trace; absent: the trace is read once more, before
  Bytes offset{0};              ///< added; what `remap` maps to ends at the device's end
};

}  // namespace blkpath
