#include "aio/recorder.hpp"

#include <gmock/gmock.h>

namespace blkpath {
namespace {

class Kept final : public TraceWriter {
 public:
  explicit Kept(std::vector<IoRecord>& out) : out_(out) {}
  void write(std::span<const IoRecord> records) override {
    out_.insert(out_.end(), records.begin(), records.end());
  }
  void close() override {}

 private:
  std::vector<IoRecord>& out_;
};

class Full final : public TraceWriter {
 public:
  void write(std::span<const IoRecord>) override { throw std::runtime_error("disk full"); }
  void close() override {}
};

IoRecord at(Time t, std::uint16_t job) {
  IoRecord r;
  r.issued = t;
  r.job = job;
  return r;
}

TEST(Recorder, WritesInOrderOfIssueWhateverTheOrderOfCompletion) {
  std::vector<IoRecord> out;
  Recorder recorder(std::make_unique<Kept>(out), 2);
  // Two jobs, each reaping in pairs the wrong way round; 20,000 I/Os are several batches.
  for (int i = 0; i < 20'000; i += 2)
    for (std::uint16_t job = 0; job < 2; ++job) {
      recorder.lane(job).add(at(Time{10 * (i + 1) + job}, job));
      recorder.lane(job).add(at(Time{10 * i + job}, job));
      recorder.lane(job).watermark(Time{10 * i});
    }
  recorder.lane(0).close();
  recorder.lane(1).close();
  recorder.close({});
  ASSERT_EQ(out.size(), 40'000u);
  for (std::size_t i = 0; i < out.size(); ++i)
    ASSERT_EQ(out[i].issued, Time{10 * static_cast<std::int64_t>(i / 2) + static_cast<std::int64_t>(i % 2)});
}

/// Writes every second record.
class Half final : public TraceWriter {
 public:
  void write(std::span<const IoRecord> records) override {
    given_ += static_cast<std::int64_t>(records.size());
  }
  OpCounts left_out() const override { return {given_ / 4, 0, given_ / 4, 0}; }
  void close() override {}

 private:
  std::int64_t given_ = 0;
};

TEST(Recorder, WhatTheFormatHasNoWordForIsNotWritten) {
  Recorder recorder(std::make_unique<Half>(), 1);
  for (int i = 0; i < 8; ++i) recorder.lane(0).add(at(Time{i}, 0));
  recorder.lane(0).close();
  recorder.close({});
  EXPECT_EQ(recorder.written(), 4);
  EXPECT_EQ(recorder.left_out(), 4);
}

TEST(Recorder, AFailedWriteIsToldAtTheEndAndBlocksNobody) {
  Recorder recorder(std::make_unique<Full>(), 1);
  for (int i = 0; i < 3'000'000; ++i) {
    recorder.lane(0).add(at(Time{i}, 0));
    if (i % 1000 == 0) recorder.lane(0).watermark(Time{i});
  }
  recorder.lane(0).close();
  EXPECT_THROW(recorder.close({}), std::runtime_error);
}

}  // namespace
}  // namespace blkpath
