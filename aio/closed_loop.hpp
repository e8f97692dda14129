/// A fio job on a real file: one thread that keeps iodepth I/Os in flight.
#pragma once
#include "aio/job_io.hpp"
#include "model/fio_plan.hpp"

namespace blkpath {

/// Runs a job as fio 3.33 does: prepares an I/O, submits it, reaps when the queue is full (FioPlan decides,
/// as it does for the simulator's FioWorkload). With a Verifier, writes that would overlap one in flight
/// wait, and at the end all that was written is read back.
class ClosedLoop {
 public:
  ClosedLoop(const JobSpec& spec, Random random, JobIo& io, FioAccount& account, Verifier* verifier,
             ReplayControl& control);
  /// Runs to the end of the job, or until it is told to stop.
  void run();

 private:
  void submit(FioPlan::Step step);
  void drain();
  void prepare();
  void sync();
  void sleep(Time t) const;
  void read_back();
  Instant now() const { return Instant{control_.now()}; }

  const JobSpec& spec_;
  JobIo& io_;
  FioAccount& account_;
  Verifier* const verifier_;
  ReplayControl& control_;
  FioPlan plan_;
  const FioDepths depths_;
  int depth_ = 0;         ///< prepared or in flight
  int toward_batch_ = 0;  ///< fio's io_u_queued
};

}  // namespace blkpath
