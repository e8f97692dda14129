/// What a fio job does next: the decisions of fio's main loop, without the thread that carries them out.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

#include "model/fio_offsets.hpp"
#include "model/job_spec.hpp"

namespace blkpath {

/// How many I/Os a job keeps, submits and reaps at once, as fio's fixup_options settles it: what is out of
/// range becomes iodepth, and at most is as many as at least.
struct FioDepths {
  explicit FioDepths(const JobSpec& spec)
      : iodepth(spec.engine == IoEngine::psync ? 1 : spec.iodepth),
        batch(spec.iodepth_batch < 1 || spec.iodepth_batch > iodepth ? iodepth : spec.iodepth_batch),
        low(spec.iodepth_low < 1 || spec.iodepth_low > iodepth ? iodepth : spec.iodepth_low),
        reap_min(std::clamp(spec.iodepth_batch_complete_min, 0, iodepth)),
        reap_max(std::clamp(spec.iodepth_batch_complete_max, reap_min, iodepth)),
        polling(reap_max == 0) {
    reap_min = std::max(1, reap_min);
    reap_max = std::max(reap_max, reap_min);
  }
  int iodepth, batch, low, reap_min, reap_max;
  bool polling;  ///< iodepth_batch_complete=0
};

/// Decides, one step at a time: which I/O comes next, when to wait for a rate or to think, when to sync, when
/// a pass and when the job is over. The clock is the caller's: simulated or real. Leaves out verify, flow and
/// latency targets.
class FioPlan {
 public:
  enum class Step : std::uint8_t {
    issue,   ///< dir(), offset(), length()
    sync,    ///< a flush; what is queued goes first
    pause,   ///< reap all, spin() and then sleep for pause()
    drain,   ///< reap all
    finish,  ///< the job is over
  };

  /// @param spec    one job, its offset and size settled; it must outlive the plan
  /// @param random  a stream of its own
  FioPlan(const JobSpec& spec, Random random);

  /// The job begins now.
  void begin(Instant now);
  Step next(Instant now);
  /// An I/O has failed: as fio without continue_on_error, reap the rest and finish.
  void fail() {
    deadline_ = begin_;
    end_synced_ = true;
  }
  /// `count` I/Os have been reaped.
  void reaped(int count) { reaped_ += count; }

  Dir dir() const { return dir_; }
  std::int64_t offset() const { return offset_; }
  std::uint32_t length() const { return length_; }
  Time spin() const { return spin_; }
  Time pause() const { return pause_; }
  /// The last sync was end_fsync's, which fio keeps out of its statistics.
  bool ending() const { return end_synced_; }

 private:
  static constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

  void begin_pass();
  Step next_special(Instant now);
  bool another_pass(Instant now);
  bool sync_due() const;
  Step sync();
  bool ahead_of_rate(Instant now);
  void pace();

  const JobSpec& spec_;
  FioOffsets offsets_;

  // what has been done, and how far it may go
  Instant begin_{}, deadline_ = Instant::max();
  std::int64_t ios_left_ = kNoLimit, bytes_left_ = kNoLimit, pass_left_ = kNoLimit;
  std::int64_t pass_size_ = kNoLimit, pass_begin_ = 0;  ///< bytes of one pass; pass_left_ at its start
  std::int64_t reaped_ = 0, writes_ = 0;
  int loops_left_;
  bool special_ = false;  ///< it thinks, syncs or keeps to a rate
  bool pass_over_ = false, last_was_write_ = false, end_synced_ = false;

  // the next I/O
  Dir dir_ = Dir::read;
  bool waited_for_rate_ = false;
  std::int64_t offset_ = 0;
  std::uint32_t length_ = 0;

  // pauses
  bool rated_ = false;
  Time spin_{0}, pause_{0};
  std::int64_t thought_at_ = 0;
  PerDir<std::int64_t> rate_bps_{}, rate_bytes_{};
  PerDir<Time> due_{};  ///< since begin_: when the direction's next I/O is due
};

}  // namespace blkpath
