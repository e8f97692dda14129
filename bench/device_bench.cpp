// Devices alone, in simulated I/Os per CPU second: a closed loop of random I/Os of 4 KiB, 64 on an SSD or an
// array, one or 64 on a disk. What comes before the first I/O of an SSD (the map, preconditioning) has a row
// of its own.
#include <benchmark/benchmark.h>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace {

using namespace blkpath;

/// Issues an I/O for each that completes.
class Loop final : public Stage {
 public:
  Loop(Op op, Bytes capacity) : op_(op), blocks_(static_cast<std::uint64_t>(capacity.n / 4096)) {}
  void submit(Slot) override {}
  void on_event(Slot) override {}
  void complete(Slot s) override {
    sim().close(s);
    ++done;
    launch();
  }
  void launch() {
    const auto offset = static_cast<std::int64_t>(random_.below(blocks_)) * 4096;
    sim().down(sim().open(*this, op_, offset, 4096, 0), below());
  }
  std::int64_t done = 0;

 private:
  Op op_;
  std::uint64_t blocks_;
  Random random_{1, "loop"};
};

using Params = std::vector<std::pair<std::string, std::string>>;

Built make(const char* model, const Params& params) {
  ConfigMap config;
  for (const auto& [key, value] : params)
    config.entries.emplace_back(key, ConfigValue{value, {}, false, {}, {}});
  return find_model(model, {}, "").make(config, model);
}

struct Drive {
  Drive(const char* model, Op op, const Params& params) {
    Built device = make(model, params);
    top(op, device.stage->luns({}).each);
    sim.connect(loop->id(), sim.add(std::move(device.stage), model, model));
    sim.start();
  }
  /// An array of default disks that keep the order of their commands.
  Drive(Op op, const Params& array, int disks) {
    Built shelf = make("enclosure", array);
    std::vector<Built> all;
    std::vector<Luns> luns;
    for (int i = 0; i < disks; ++i) {
      all.push_back(make("disk", {{"order", "fcfs"}}));
      luns.push_back(all.back().stage->luns({}));
    }
    top(op, shelf.stage->luns(luns).each);
    const StageId id = sim.add(std::move(shelf.stage), "array", "array");
    sim.connect(loop->id(), id);
    for (int i = 0; i < disks; ++i)
      sim.connect(id, sim.add(std::move(all[static_cast<std::size_t>(i)].stage),
                              "disk[" + std::to_string(i) + "]", "disk"));
    sim.start();
  }
  void top(Op op, Bytes capacity) {
    auto owned = std::make_unique<Loop>(op, capacity);
    loop = owned.get();
    sim.add(std::move(owned), "loop", "loop");
  }
  Sim sim{1};
  Loop* loop = nullptr;
};

void run(benchmark::State& state, Drive& drive, int depth) {
  for (int i = 0; i < depth; ++i) drive.loop->launch();
  const std::int64_t before = drive.loop->done;
  for (auto _ : state) drive.sim.run_events(1000);
  state.SetItemsProcessed(drive.loop->done - before);
}

void calibrated(benchmark::State& state, int depth, const Params& params) {
  Drive drive("calibrated", Op::read, params);
  run(state, drive, depth);
}

void disk(benchmark::State& state, Op op, int depth, const Params& params) {
  Drive drive("disk", op, params);
  run(state, drive, depth);
}
const Params kBuffer{{"segments", "16"}, {"write_segments", "8"}, {"write_cache", "true"}};
BENCHMARK_CAPTURE(calibrated, places, 64, {{"tags", "64"}, {"servers", "12"}});
BENCHMARK_CAPTURE(calibrated, arm, 32, {{"turn", "8333us"}, {"seek_base", "5ms"}, {"seek_full", "16ms"}});
BENCHMARK_CAPTURE(disk, random_read, Op::read, 1, Params{});
BENCHMARK_CAPTURE(disk, random_read_buffer, Op::read, 1, kBuffer);
BENCHMARK_CAPTURE(disk, random_write_buffer, Op::write, 1, kBuffer);
BENCHMARK_CAPTURE(disk, random_read_sptf_of_64, Op::read, 64, Params{});

void array(benchmark::State& state, Op op, const Params& params) {
  Drive drive(op, params, 14);
  run(state, drive, 64);
}
const Params kCached{{"level", "raid5"}, {"cache_size", "1GiB"}};
BENCHMARK_CAPTURE(array, raid0_read, Op::read, Params{{"level", "raid0"}});
BENCHMARK_CAPTURE(array, raid10_write, Op::write, Params{{"level", "raid10"}});
BENCHMARK_CAPTURE(array, raid5_write, Op::write, Params{{"level", "raid5"}});
BENCHMARK_CAPTURE(array, raid6_write, Op::write, Params{{"level", "raid6"}});
BENCHMARK_CAPTURE(array, raid5_write_back_read, Op::read, kCached);
BENCHMARK_CAPTURE(array, raid5_write_back_write, Op::write, kCached);

/// What an I/O costs does not depend on how many there are.
void raid5_writes(benchmark::State& state) {
  for (auto _ : state) {
    Drive drive(Op::write, {{"level", "raid5"}}, 14);
    for (int i = 0; i < 64; ++i) drive.loop->launch();
    while (drive.loop->done < state.range(0)) drive.sim.run_events(64);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(raid5_writes)->Arg(5'000)->Arg(50'000)->Arg(500'000)->Unit(benchmark::kMillisecond);

void ssd(benchmark::State& state, Op op) {
  Drive drive("ssd", op, {{"precondition", "random"}});
  run(state, drive, 64);
}
BENCHMARK_CAPTURE(ssd, random_read, Op::read);
BENCHMARK_CAPTURE(ssd, random_write_steady_state, Op::write);

void ssd_start(benchmark::State& state, const char* precondition) {
  for (auto _ : state)
    benchmark::DoNotOptimize(Drive("ssd", Op::read, {{"precondition", precondition}}).loop);
}
BENCHMARK_CAPTURE(ssd_start, sequential, "sequential")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ssd_start, random, "random")->Unit(benchmark::kMillisecond);

}  // namespace
