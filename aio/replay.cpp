#include "aio/replay.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <nlohmann/json.hpp>
#include <thread>

#include "aio/closed_loop.hpp"
#include "aio/host_facts.hpp"
#include "aio/trace_loop.hpp"
#include "model/core/error.hpp"

namespace blkpath {
namespace {

constexpr Time kLook = 200ms;
constexpr Time kHostPeriod = 100ms;

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

/// The engine whose rules a job follows with this driver; a pool of threads is asynchronous as libaio is.
IoEngine engine_of(const AioDriverInfo& driver) {
  for (const IoEngine engine : {IoEngine::posixaio, IoEngine::io_uring, IoEngine::psync})
    if (driver.engine == engine_name(engine)) return engine;
  return IoEngine::libaio;
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

/// The driver, when its rules and the kernel allow what is asked for; found out before anything is created.
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

/// A file that does not exist yet gets room for all jobs.
Bytes wanted_size(const std::vector<JobSpec>& jobs) {
  Bytes most{0};
  for (const JobSpec& job : jobs)
    if (job.size) most = std::max(most, job.offset + *job.size + job.offset_increment * (job.numjobs - 1));
  return most;
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

Time cpu_time(const timeval& t) { return t.tv_sec * 1s + t.tv_usec * 1us; }

/// Everything of one job's thread.
struct Worker {
  const JobSpec* spec = nullptr;
  std::size_t index = 0;
  int fd = -1;
  std::unique_ptr<RequestSource> source;
  std::unique_ptr<Verifier> verifier;
  std::thread thread;
  std::exception_ptr failure;
  bool started = false;

  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    if (fd >= 0) close(fd);
  }
};

class Replay {
 public:
  Replay(const std::vector<JobSpec>& jobs, const ReplayOptions& options,
         const std::function<bool(const ReplayProgress&)>& progress)
      : options_(options),
        progress_(progress),
        driver_(checked_driver(jobs, options)),
        target_(target_options(jobs, options), [&](Bytes filled) {
          return progress({Time{0}, 0, filled});
        }) {}

  ReplayOutcome run(const std::vector<JobSpec>& jobs, const SourceFactory& sources);

 private:
  void prepare(const SourceFactory& sources);
  void run_phase(int phase);
  void work(Worker& worker);
  void note_troubles();

  const ReplayOptions& options_;
  const std::function<bool(const ReplayProgress&)>& progress_;
  const AioDriverInfo& driver_;
  Target target_;
  FioLayout layout_;
  ReplayOutcome result_;
  std::deque<Worker> workers_;
  std::unique_ptr<Recorder> recorder_;
  ReplayControl control_;
};

void Replay::prepare(const SourceFactory& sources) {
  for (std::size_t i = 0; i < layout_.jobs.size(); ++i) workers_.emplace_back();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& w = workers_[i];
    w.spec = &layout_.jobs[i];
    w.index = i;
    w.fd = target_.open();
    check_alignment(*w.spec, target_);
    if (w.spec->replay) w.source = sources(*w.spec, target_.size());
    if (options_.verify && writes(*w.spec))
      w.verifier = std::make_unique<Verifier>(
          w.spec->offset, *w.spec->size, options_.seed ^ static_cast<std::uint64_t>(clock_now().count()));
  }
  if (options_.verify) check_verify(layout_.jobs);
}

void Replay::work(Worker& w) try {
  const JobSpec& spec = *w.spec;
  JobStats& stats = result_.jobs[w.index];
  Recorder::Lane& lane = recorder_->lane(w.index);
  rusage before{}, after{};
  {
    FioAccount account(spec, stats);
    JobIo io(driver_, aio_options(driver_, spec, options_), static_cast<std::uint32_t>(w.index), w.fd,
             largest_block(spec), account, lane, control_);
    getrusage(RUSAGE_THREAD, &before);
    if (w.source) {
      TraceLoop(spec, *w.source, io, account, result_.replays[w.index], control_).run();
    } else {
      // A file and a driver of real latencies: only the offsets must repeat.
      io.verify_with(w.verifier.get());
      ClosedLoop(spec, Random(spec.rand_seed.value_or(options_.seed), fmt::format("fio[{}]", w.index)), io,
                 account, w.verifier.get(), control_)
          .run();
    }
    getrusage(RUSAGE_THREAD, &after);
    result_.troubles[w.index] = io.trouble();
  }
  stats.usr_cpu = cpu_time(after.ru_utime) - cpu_time(before.ru_utime);
  stats.sys_cpu = cpu_time(after.ru_stime) - cpu_time(before.ru_stime);
  stats.context_switches = after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw;
  if (w.verifier) {
    result_.troubles[w.index].good_units = w.verifier->checked();
    result_.troubles[w.index].bad_units = w.verifier->bad();
  }
  lane.close();
} catch (...) {
  w.failure = std::current_exception();
  control_.stop = true;
  recorder_->lane(w.index).close();
}

void Replay::run_phase(int phase) {
  std::atomic<int> running = 0;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (layout_.phases[i] != phase) continue;
    Worker& w = workers_[i];
    w.started = true;
    ++running;
    w.thread = std::thread([this, &w, &running] {
      for (const Time due = w.spec->start_delay; control_.now() < due && !control_.stop;)
        std::this_thread::sleep_for(std::min(due - control_.now(), kLook));
      work(w);
      --running;
    });
  }
  while (running > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const Time now = control_.now();
    if (!result_.interrupted && !progress_({now, control_.done.load(std::memory_order_relaxed), Bytes{0}})) {
      result_.interrupted = true;
      control_.stop = true;
    }
  }
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (layout_.phases[i] != phase) continue;
    workers_[i].thread.join();
  }
}

void Replay::note_troubles() {
  std::int64_t failed = 0, cut_short = 0, busy = 0;
  std::string first;
  for (const ReplayTrouble& t : result_.troubles) {
    failed += t.failed;
    cut_short += t.short_ios;
    busy += t.busy;
    if (first.empty()) first = t.first;
  }
  if (failed > 0) result_.notes.push_back(fmt::format("{} I/Os failed; the first: {}", failed, first));
  if (failed > 0 && options_.iopoll)
    result_.notes.push_back(
        "--iopoll needs a device with poll queues, for example nvme.poll_queues=2 on the kernel's command "
        "line");
  if (cut_short > 0) result_.notes.push_back(fmt::format("{} I/Os were cut short", cut_short));
  if (busy > 0)
    result_.notes.push_back(fmt::format(
        "the driver took no I/O {} times although none was in flight, and was asked again", busy));
}

ReplayOutcome Replay::run(const std::vector<JobSpec>& jobs, const SourceFactory& sources) {
  try {
    layout_ = lay_out(jobs, target_.size());
    for (JobSpec& job : layout_.jobs) job.engine = engine_of(driver_);
    prepare(sources);
  } catch (const std::exception& e) {
    if (target_.created()) unlink(target_.path().c_str());
    if (dynamic_cast<const std::invalid_argument*>(&e) != nullptr) throw ConfigError({}, "", e.what());
    throw;
  }
  result_.driver = driver_.name;
  result_.specs = layout_.jobs;
  result_.jobs.resize(layout_.jobs.size());
  result_.troubles.resize(layout_.jobs.size());
  result_.replays.resize(layout_.jobs.size());
  for (std::size_t i = 0; i < layout_.jobs.size(); ++i) {
    result_.jobs[i].name = layout_.jobs[i].name;
    result_.jobs[i].group = layout_.jobs[i].group;
  }
  result_.machine = host_facts(target_);
  if (driver_.needs_direct && !jobs[0].direct)
    result_.notes.push_back(driver_.name + " without O_DIRECT: the submitting call did the whole I/O");
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  control_.zero = clock_now();

  std::unique_ptr<TraceWriter> writer;
  if (!options_.output.empty()) {
    WriteOptions write;
    write.meta.epoch_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count();
    auto machine = nlohmann::ordered_json::parse(result_.machine);
    machine["driver"] = driver_.name;
    machine["direct"] = jobs[0].direct;
    write.meta.machine = machine.dump();
    write.meta.notes = result_.notes;
    writer = create_trace(options_.output, options_.format, write);
  }
  recorder_ = std::make_unique<Recorder>(std::move(writer), layout_.jobs.size());
  std::unique_ptr<HostSampler> sampler;
  if (options_.sample_host) sampler = std::make_unique<HostSampler>(target_, control_.zero, kHostPeriod);

  const std::size_t known_notes = result_.notes.size();
  for (int phase = 0; phase <= layout_.last_phase() && !control_.stop; ++phase) run_phase(phase);
  for (std::size_t i = 0; i < workers_.size(); ++i)
    if (!workers_[i].thread.joinable() && workers_[i].fd < 0)
      recorder_->lane(i).close();  // a phase that was not reached
  note_troubles();
  TraceMeta more;
  more.notes.assign(result_.notes.begin() + static_cast<std::ptrdiff_t>(known_notes), result_.notes.end());
  if (result_.interrupted) more.notes.push_back("interrupted");
  if (sampler) more.samples = sampler->stop();
  recorder_->close(more);
  result_.recorded = recorder_->written();
  result_.verified = options_.verify && !result_.interrupted;
  for (Worker& w : workers_)
    if (w.failure) std::rethrow_exception(w.failure);
  return std::move(result_);
}

}  // namespace

ReplayOutcome replay(std::vector<JobSpec> jobs, const ReplayOptions& options, const SourceFactory& sources,
                     const std::function<bool(const ReplayProgress&)>& progress) {
  if (jobs.empty()) throw ConfigError({}, "--job", "there is no job");
  // Whether a trace writes is known at its end. Where it must not, its first write is an error.
  for (JobSpec& job : jobs)
    if (job.replay && !options.allow_write &&
        access((options.file.empty() ? job.filename : options.file).c_str(), F_OK) == 0)
      job.replay->read_only = true;
  return Replay(jobs, options, progress).run(jobs, sources);
}

}  // namespace blkpath
