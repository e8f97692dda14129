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

#include "aio/aligned_source.hpp"
#include "aio/closed_loop.hpp"
#include "aio/host_facts.hpp"
#include "aio/replay_setup.hpp"
#include "aio/trace_loop.hpp"
#include "model/core/error.hpp"

namespace blkpath {
namespace {

constexpr Time kLook = 200ms;
constexpr Time kHostPeriod = 100ms;

Time cpu_time(const timeval& t) { return t.tv_sec * 1s + t.tv_usec * 1us; }

/// Everything of one job's thread.
struct Worker {
  const JobSpec* spec = nullptr;
  std::size_t index = 0;
  int fd = -1;
  std::unique_ptr<AlignedSource> source;
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
  std::unique_ptr<AlignedSource> aligned(const JobSpec& spec, const SourceFactory& sources) const;
  void run_phase(int phase);
  void work(Worker& worker);
  void note_troubles();
  void note_alignment();

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

std::unique_ptr<AlignedSource> Replay::aligned(const JobSpec& spec, const SourceFactory& sources) const {
  const std::uint32_t block = target_.alignment();
  // What is widened must end on the device, too.
  const Bytes room = options_.align ? Bytes{target_.size().n / block * block} : target_.size();
  return std::make_unique<AlignedSource>(sources(spec, room), block, options_.align);
}

void Replay::prepare(const SourceFactory& sources) {
  for (std::size_t i = 0; i < layout_.jobs.size(); ++i) workers_.emplace_back();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& w = workers_[i];
    w.spec = &layout_.jobs[i];
    w.index = i;
    w.fd = target_.open();
    check_alignment(*w.spec, target_);
    if (w.spec->replay) w.source = aligned(*w.spec, sources);
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
      result_.alignments[w.index] = w.source->alignment();
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
  note_alignment();
  if (cut_short > 0) result_.notes.push_back(fmt::format("{} I/Os were cut short", cut_short));
  if (busy > 0)
    result_.notes.push_back(fmt::format(
        "the driver took no I/O {} times although none was in flight, and was asked again", busy));
}

void Replay::note_alignment() {
  AlignmentStats all;
  for (const AlignmentStats& a : result_.alignments) {
    all.unaligned += a.unaligned;
    all.added += a.added;
  }
  if (all.unaligned == 0) return;
  result_.notes.push_back(
      options_.align
          ? fmt::format("{} requests were widened to whole blocks of {} bytes, by {} bytes in all",
                        all.unaligned, result_.block, all.added)
          : fmt::format(
                "{} requests were not in whole blocks of {} bytes, which O_DIRECT refuses; --align widens "
                "them",
                all.unaligned, result_.block));
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
  result_.alignments.resize(layout_.jobs.size());
  result_.block = target_.alignment();
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
  if (recorder_->left_out() > 0)
    result_.notes.push_back(fmt::format("{} I/Os are not in the trace, whose format has no word for them",
                                        recorder_->left_out()));
  result_.verified = options_.verify && !result_.interrupted;
  for (Worker& w : workers_)
    if (w.failure) std::rethrow_exception(w.failure);
  return std::move(result_);
}

}  // namespace

ReplayOutcome replay(std::vector<JobSpec> jobs, const ReplayOptions& options, const SourceFactory& sources,
                     const std::function<bool(const ReplayProgress&)>& progress) {
  if (jobs.empty()) throw ConfigError({}, "--job", "there is no job");
  if (options.align && std::none_of(jobs.begin(), jobs.end(), [](const JobSpec& job) { return job.replay; }))
    throw ConfigError({}, "--align", "goes with a trace, for example '--trace web.csv'");
  // Whether a trace writes is known at its end. Where it must not, its first write is an error.
  for (JobSpec& job : jobs)
    if (job.replay && !options.allow_write &&
        access((options.file.empty() ? job.filename : options.file).c_str(), F_OK) == 0)
      job.replay->read_only = true;
  return Replay(jobs, options, progress).run(jobs, sources);
}

}  // namespace blkpath
