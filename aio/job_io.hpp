/// What both loops of a replay share: the I/Os of one thread, from preparing to accounting.
#pragma once
#include <atomic>
#include <cstdlib>
#include <memory>
#include <vector>

#include "aio/aio_driver.hpp"
#include "aio/recorder.hpp"
#include "aio/verifier.hpp"
#include "model/fio_account.hpp"

namespace blkpath {

/// What the threads of a replay and whoever watches them share.
struct ReplayControl {
  std::atomic<bool> stop = false;  ///< issue nothing more, finish what is in flight
  std::atomic<std::int64_t> done = 0;
  Time zero{0};  ///< clock_now() at the trace's zero
  Time now() const { return clock_now() - zero; }
};

/// What went other than asked for, in one job.
struct ReplayTrouble {
  std::int64_t failed = 0, short_ios = 0;
  std::int64_t busy = 0;                       ///< the driver took none although nothing was in flight
  std::string first;                           ///< the first failure in words
  std::int64_t bad_units = 0, good_units = 0;  ///< verify
  std::string first_bad;
};

/// The slots of one job's requests, and the way of a request through the driver: prepare, submit, reap.
class JobIo {
 public:
  /// @param job    number of the job, for the records
  /// @param align  of buffers
  JobIo(const AioDriverInfo& info, AioOptions options, std::uint32_t job, int fd, std::size_t buffer_size,
        FioAccount& account, Recorder::Lane& lane, ReplayControl& control);

  AioDriver& driver() { return *driver_; }
  std::int64_t flushes() const { return flushes_; }  ///< reaped so far
  std::uint32_t in_flight() const { return in_flight_; }
  std::uint32_t depth() const { return static_cast<std::uint32_t>(slots_.size()); }
  void verify_with(Verifier* verifier) { verifier_ = verifier; }
  const ReplayTrouble& trouble() const { return trouble_; }
  ReplayTrouble& trouble() { return trouble_; }

  /// Takes a free slot and queues an I/O that submit() will hand to the driver.
  /// @param intended  when the workload wanted it
  /// @param now       slat counts from here
  /// @param measured  false: kept out of the statistics
  void queue(Op op, std::int64_t offset, std::uint32_t length, Time intended, Time now, bool measured = true);
  std::uint32_t queued() const { return static_cast<std::uint32_t>(queue_.size()); }
  /// Submits what is queued; waits for room when the driver's queue is full.
  void submit();
  /// Reaps at least `at_least` and at most `most`. @return how many
  std::uint32_t reap(std::uint32_t at_least, std::uint32_t most, Time timeout = AioDriver::kForever);
  /// Whether a write in flight overlaps this range.
  bool overlaps(std::int64_t offset, std::uint32_t length) const;

 private:
  struct Slot {
    AioRequest io;
    IoRecord record;
    Request account;  ///< as FioAccount wants it
    char* buffer = nullptr;
    std::size_t capacity = 0;
    bool measured = true;  ///< false: end_fsync, verification
  };
  void accepted(Slot& slot, Time now);
  void completed(AioRequest& io, Time now);
  void fit_buffer(Slot& slot, std::uint32_t length);

  const AioDriverInfo& info_;
  const std::uint32_t job_;
  FioAccount& account_;
  Recorder::Lane& lane_;
  ReplayControl& control_;
  std::unique_ptr<char, decltype(&std::free)> memory_;
  std::vector<std::unique_ptr<char, decltype(&std::free)>>
      larger_;  ///< of slots that outgrew their part of memory_
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<AioRequest*> queue_, reaped_;
  std::uint32_t in_flight_ = 0;
  std::int64_t flushes_ = 0;
  Time looked_{0};  ///< when the oldest in flight was last looked for
  Verifier* verifier_ = nullptr;
  ReplayTrouble trouble_;
  std::unique_ptr<AioDriver> driver_;  ///< last: what it has in flight uses the above until it is gone
};

}  // namespace blkpath
