/// Events of the block layer into I/Os: one IoRecord for each bio that was queued.
#pragma once
#include <array>
#include <cstddef>
#include <deque>
#include <memory_resource>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "traces/blk_event.hpp"
#include "traces/format.hpp"

namespace blkpath {

/// Takes one event at a time, in the order of time, and gives records in the order of Q.
///
/// Like btt, it finds what an event speaks of by device, direction and sectors, as the events carry no other
/// name of a request: a D or C is for every open bio in its range, so bios that were merged get the D and C
/// of the request they went into, and a bio that was split, or that completes in parts, is done when all of
/// its bytes are. Where two open bios have the same range, an event is for the one queued first. A flush has
/// no sectors: a D is for all flushes that wait, as the kernel serves them with one command, and a C for
/// those of the oldest D.
///
/// A bio-based device (dm, md) has no requests, only Q and C; there a C ends what was never issued.
///
/// Memory: at most kOpen bios, about 12 MB. When so many wait, the oldest is given as it is, without
/// completion.
class BlkPairing {
 public:
  static constexpr std::size_t kOpen = 65'536;

  /// next() must have returned false before.
  void add(const BlkEvent& event);
  /// @return false when the next record in order of Q is still open
  bool next(IoRecord& record);
  /// No event follows: next() gives what is left as it is.
  void finish();
  /// What did not pair, in sentences; complete after finish().
  std::vector<std::string> notes() const;

 private:
  struct Bio {
    IoRecord record;
    std::uint32_t left;  ///< bytes not yet completed
    std::uint16_t error = 0;
    bool closed = false;
  };
  using Id = std::uint64_t;  ///< counts Q
  using Key = std::tuple<std::uint32_t, Op, std::int64_t, Id>;
  using Eligible = bool (*)(const Bio&);

  Bio& bio(Id id) { return bios_[static_cast<std::size_t>(id - first_)]; }
  Key key(Id id);
  void open(const BlkEvent& event);
  void close(Id id, Time time);
  void complete(const BlkEvent& event);
  void merge(const BlkEvent& event);
  /// The eligible bios that make up the event's range, into found_.
  void find(const BlkEvent& event, Eligible eligible);
  void find_flushes(const BlkEvent& event, Eligible eligible);
  bool find_same_range(const BlkEvent& event, Eligible eligible);
  void find_in_range(const BlkEvent& event, Eligible eligible);

  std::deque<Bio> bios_;  ///< in order of Q, closed ones too while an older one is open
  Id first_ = 0;          ///< of bios_.front()
  std::pmr::unsynchronized_pool_resource pool_;
  std::pmr::set<Key> open_{&pool_};
  std::array<std::uint32_t, 4>
      longest_{};  ///< bytes, by Op, since open_ was last empty: how far a search looks back
  std::vector<Id> found_;
  std::size_t incomplete_ = 0, displaced_ = 0, unmatched_ = 0;
  bool finished_ = false;
};

/// A reader of a format whose records are events.
class BlkEventReader : public TraceReader {
 public:
  std::size_t read(std::span<IoRecord> out) final;
  const TraceMeta& meta() const final { return meta_; }
  std::int64_t skipped() const final { return skipped_; }

 protected:
  explicit BlkEventReader(const ReadOptions& options) : left_to_skip_(options.skip_bad) {}
  /// The next event that pairing needs. @return false at the end
  virtual bool next_event(BlkEvent& event) = 0;
  /// @return whether one more malformed event may be passed over; counts it
  bool may_skip();
  /// Pass-through commands (SCSI and the like) belong to no bio.
  void leave_out_command() { ++commands_; }

  TraceMeta meta_;

 private:
  void end();

  BlkPairing pairing_;
  std::int64_t left_to_skip_, skipped_ = 0, commands_ = 0;
  bool ended_ = false;
};

}  // namespace blkpath
