#include "aio/replay_setup.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "aio/verifier.hpp"
#include "model/core/error.hpp"

namespace blkpath {
namespace {

std::string_view engine_name(IoEngine engine) {
  switch (engine) {
    case IoEngine::libaio:
      return "libaio";
    case IoEngine::posixaio:
      return "posixaio";
    case IoEngine::io_uring:
      return "io_uring";
    case IoEngine::psync:
      break;
  }
  return "psync";
}

const AioDriverInfo& driver_for(const std::vector<JobSpec>& jobs, const std::string& name) {
  if (!name.empty()) return find_aio_driver(name, "--driver");
  for (const JobSpec& job : jobs)
    if (job.engine != jobs[0].engine)
      throw ConfigError(
          {}, "ioengine",
          "the jobs ask for different engines; choose one with --driver, for example --driver linux-aio");
  for (const auto& [known, info] : aio_drivers())
    if (info.engine == engine_name(jobs[0].engine)) return info;
  throw ConfigError({}, "ioengine", "no driver does what this engine does; choose one with --driver");
}

/// A file that does not exist yet gets room for all jobs.
Bytes wanted_size(const std::vector<JobSpec>& jobs) {
  Bytes most{0};
  for (const JobSpec& job : jobs)
    if (job.size) most = std::max(most, job.offset + *job.size + job.offset_increment * (job.numjobs - 1));
  return most;
}

}  // namespace

IoEngine engine_of(const AioDriverInfo& driver) {
  for (const IoEngine engine : {IoEngine::posixaio, IoEngine::io_uring, IoEngine::psync})
    if (driver.engine == engine_name(engine)) return engine;
  return IoEngine::libaio;
}

AioOptions aio_options(const AioDriverInfo& driver, const JobSpec& spec, const ReplayOptions& options) {
  AioOptions o;
  const int depth = spec.replay && spec.replay->pacing == Pacing::open && spec.replay->max_in_flight > 0
                        ? spec.replay->max_in_flight
                        : spec.iodepth;
  // A job keeps one more in flight when it flushes.
  o.depth = driver.synchronous ? 1 : static_cast<std::uint32_t>(depth) + !spec.replay;
  o.direct = spec.direct;
  o.allow_blocking = options.allow_blocking;
  o.workers = options.workers;
  o.notify_by_signal = options.notify_by_signal;
  o.notify_by_eventfd = options.notify_by_eventfd;
  o.sqpoll = options.sqpoll;
  o.iopoll = options.iopoll;
  o.registered = options.registered;
  return o;
}

const AioDriverInfo& checked_driver(const std::vector<JobSpec>& jobs, const ReplayOptions& options) {
  const AioDriverInfo& driver = driver_for(jobs, options.driver);
  make_aio_driver(driver, aio_options(driver, jobs[0], options));
  return driver;
}

bool writes(const JobSpec& job) {
  return job.replay ? !job.replay->read_only
                    : job.does[static_cast<std::size_t>(Dir::write)] ||
                          job.does[static_cast<std::size_t>(Dir::trim)];
}

TargetOptions target_options(const std::vector<JobSpec>& jobs, const ReplayOptions& options) {
  TargetOptions target;
  target.path = options.file;
  for (const JobSpec& job : jobs) {
    if (target.path.empty()) target.path = job.filename;
    target.writes = target.writes || writes(job);
    target.sync = target.sync || job.sync;
    target.dsync = target.dsync || job.dsync;
    if (job.direct != jobs[0].direct || job.sync != jobs[0].sync || job.dsync != jobs[0].dsync)
      throw ConfigError({}, "direct",
                        "the jobs open the file in different ways; give all the same direct=, sync=");
  }
  if (target.path.empty())
    throw ConfigError({}, "--file",
                      "on which file? For example --file /tmp/replay.img, or filename= in the job");
  target.direct = jobs[0].direct;
  target.allow_write = options.allow_write;
  target.size = wanted_size(jobs);
  return target;
}

std::size_t largest_block(const JobSpec& job) {
  std::int64_t most = job.replay ? 65536 : 0;  // slots of a trace grow
  for (std::size_t d = 0; d < kDirs; ++d) {
    if (job.replay || !job.does[d]) continue;
    most = std::max(most, job.bs[d].max.n);
    for (const BlockSizeShare& share : job.bs[d].split) most = std::max(most, share.size.n);
  }
  return static_cast<std::size_t>(most);
}

void check_alignment(const JobSpec& job, const Target& target) {
  if (job.replay || target.alignment() <= 1) return;
  for (std::size_t d = 0; d < kDirs; ++d)
    if (job.does[d] && (job.bs_unaligned || job.bs[d].min.n % target.alignment() != 0))
      throw ConfigError(
          {}, "bs",
          fmt::format("job '{}': with direct=1 blocks must be multiples of {} bytes here, for example bs=4k",
                      job.name, target.alignment()));
}

void check_verify(const std::vector<JobSpec>& jobs) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const JobSpec& job = jobs[i];
    if (job.replay) throw ConfigError({}, "--verify", "goes with fio jobs, not with traces");
    for (std::size_t d = 0; d < kDirs; ++d)
      if (job.does[d] && (job.bs[d].min.n % Verifier::kUnit != 0 || job.bs_unaligned))
        throw ConfigError({}, "--verify", "needs blocks of multiples of 512 bytes, for example bs=4k");
    for (std::size_t k = 0; k < i; ++k)
      if (job.offset < jobs[k].offset + *jobs[k].size && jobs[k].offset < job.offset + *job.size)
        throw ConfigError({}, "--verify",
                          fmt::format("jobs '{}' and '{}' share a region; keep them apart, for example with "
                                      "offset_increment=1g",
                                      jobs[k].name, job.name));
  }
}

}  // namespace blkpath
