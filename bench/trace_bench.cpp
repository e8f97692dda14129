// How fast every trace format is read and written, from and to memory: 64 MB of text of its own writer's
// making. Bytes per second are of the trace as it stands, uncompressed; items are records.
#include <benchmark/benchmark.h>

#include <map>

#include "traces/format.hpp"

namespace {

using namespace blkpath;

constexpr std::size_t kBytes = std::size_t{64} << 20;

/// Random I/O of 4 to 64 KiB over 512 GiB, one at a time, 100 us apart: what every format can say.
std::vector<IoRecord> records(std::size_t count, std::size_t first) {
  std::vector<IoRecord> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t n = first + i;
    const std::uint64_t x =
        (n + 1) * 0x9e3779b97f4a7c15U;  // Knuth's multiplicative hash: spread, and the same each run
    IoRecord& r = all[i];
    r.issued = Time{static_cast<std::int64_t>(n) * 100'000};
    r.submitted = r.issued + 3us;
    r.completed = r.issued + Time{20'000 + static_cast<std::int64_t>(x >> 48)};
    r.offset = static_cast<std::int64_t>(x >> 37) * 4096;
    r.length = 4096U << (x >> 20 & 3U) << (x >> 22 & 1U);
    r.op = (x >> 30 & 1U) != 0 ? Op::write : Op::read;
  }
  return all;
}

struct Sample {
  std::string bytes;
  std::int64_t records = 0;
};

/// @throws ConfigError when the format cannot be written
const Sample& sample(const TraceFormat& format) {
  static std::map<std::string, Sample> samples;
  Sample& s = samples[format.name];
  if (!s.bytes.empty()) return s;
  WriteOptions options;
  options.meta.epoch_ns = 1'577'808'144'360'767'000;
  const auto writer = format.write(ByteOutput::into(s.bytes), options);
  constexpr std::size_t kAtATime = 65536;
  while (s.bytes.size() < kBytes) {
    writer->write(records(kAtATime, static_cast<std::size_t>(s.records)));
    s.records += kAtATime;
  }
  writer->close();
  return s;
}

void count(benchmark::State& state, const Sample& s) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(s.bytes.size()));
  state.SetItemsProcessed(state.iterations() * s.records);
}

void read_trace_of(benchmark::State& state, const TraceFormat& format) {
  const Sample& s = sample(format);
  std::vector<IoRecord> some(1024);
  for (auto _ : state) {
    const auto reader = format.read(ByteInput::from(s.bytes, format.name), {});
    while (reader->read(some) == some.size()) benchmark::DoNotOptimize(some.data());
  }
  count(state, s);
}

void write_trace_of(benchmark::State& state, const TraceFormat& format) {
  const Sample& s = sample(format);
  const std::vector<IoRecord> all = records(static_cast<std::size_t>(s.records), 0);
  std::string bytes;
  bytes.reserve(s.bytes.size());
  for (auto _ : state) {
    bytes.clear();
    const auto writer = format.write(ByteOutput::into(bytes), {});
    writer->write(all);
    writer->close();
    benchmark::DoNotOptimize(bytes.data());
  }
  count(state, s);
}

}  // namespace

int main(int argc, char** argv) {
  for (const auto& [name, format] : trace_formats()) {
    if (format.write == nullptr) continue;
    benchmark::RegisterBenchmark(("read/" + name).c_str(), read_trace_of, format)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("write/" + name).c_str(), write_trace_of, format)
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
