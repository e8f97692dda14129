/// I/Os into the block layer's events: the inverse of BlkPairing.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <queue>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "traces/blk_event.hpp"
#include "traces/checked.hpp"
#include "traces/format.hpp"

namespace blkpath {

/// Takes records and gives their events in the order of time: Q, G or M, I, D and C, as far as they are
/// known.
///
/// A merged record has M, at once after its Q or G (the record does not tell when). Where its I, D or C is
/// at the same time as its neighbour's, they are one event, as they were one request. D is at the latest at
/// C: a replay's submitting call can return after the completion. C is at `reaped` where `completed` is
/// unknown, and for the whole length: an event's error takes the place of a short count.
///
/// Records may come in any order in which none is more than kHeld events late. Memory: kHeld events, about 12
/// MB.
class BlkUnpairing {
 public:
  static constexpr std::size_t kHeld = 1 << 18;

  /// @throws BadRecord when it is before the trace's zero, does not lie in whole sectors, or ends before it
  /// begins
  void add(const IoRecord& record);
  /// @param finished  no record follows
  /// @return false when the next event may still change
  /// @throws ConfigError when a record came too late
  bool next(BlkEvent& event, bool finished);

 private:
  /// The later of two: by time, then Q to C, then place, so that neighbours follow one another.
  struct Later {
    bool operator()(const BlkEvent& a, const BlkEvent& b) const;
  };
  std::priority_queue<BlkEvent, std::vector<BlkEvent>, Later> held_;
  Time last_{0};
};

/// What the block layer's events tell of an I/O. A processor is a job.
inline constexpr RecordFields kBlkFields =
    record_field::allocated | record_field::inserted | record_field::submitted | record_field::end |
    record_field::result | record_field::device | record_field::job | record_field::flags;

/// A writer of a format whose records are events.
class BlkEventWriter : public TraceWriter {
 public:
  void write(std::span<const IoRecord> records) final;
  OpCounts left_out() const final { return tally_.left_out(); }
  void close() final;

 protected:
  /// @param format  its name, for messages
  BlkEventWriter(std::unique_ptr<ByteOutput> out, std::string format)
      : out_(std::move(out)), tally_(std::move(format)) {}
  /// Appends the event to `to`. @param sequence  counts from 1 on each device and processor, as the kernel
  /// does
  virtual void put(const BlkEvent& event, std::uint32_t sequence, std::string& to) = 0;

  std::string buffer_;

 private:
  void drain(bool finished);

  std::unique_ptr<ByteOutput> out_;
  WriteTally tally_;
  BlkUnpairing events_;
  std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint32_t> sequences_;
};

}  // namespace blkpath
