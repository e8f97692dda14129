/// Collects what the threads of a replay record, and writes it in order of issue while they run.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "traces/format.hpp"

namespace blkpath {

/// A thread adds its records to a lane of its own, without locks; full batches go to a thread that sorts them
/// by `issued` and writes them. A record leaves once no lane can bring an earlier one, so memory holds what
/// is in flight and two batches for each lane.
class Recorder {
 public:
  class Lane {
   public:
    void add(const IoRecord& record) {
      batch_.push_back(record);
      if (batch_.size() == kBatch) hand_over();
    }
    /// Everything issued before `t` has been added; also hands over what is old, so that a slow job's records
    /// get written, too.
    void watermark(Time t) {
      watermark_ = t;
      if (!batch_.empty() && t - handed_over_ > kLongest) hand_over();
    }
    /// Nothing more comes.
    void close();

   private:
    friend class Recorder;
    static constexpr std::size_t kBatch = 1024;  ///< small enough for malloc to use again what was freed
    static constexpr Time kLongest =
        500ms;  ///< what may be lost when the program is killed, besides the last block
    void hand_over();

    Recorder* recorder_ = nullptr;
    std::size_t index_ = 0;
    std::vector<IoRecord> batch_;
    Time watermark_{0}, handed_over_{0};
  };

  /// @param writer  null: nothing is written, the lanes only count
  Recorder(std::unique_ptr<TraceWriter> writer, std::size_t lanes);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  Lane& lane(std::size_t i) { return lanes_[i]; }
  std::int64_t written() const { return written_; }
  /// Of those that the lanes were given: what the trace's format has no word for. Known after close().
  std::int64_t left_out() const { return left_out_; }
  /// Waits until all is written; call when all lanes are closed. @throws what the writer threw
  void close(const TraceMeta& more);

 private:
  struct Batch {
    std::size_t lane;
    std::vector<IoRecord> records;
    Time watermark;
    bool last;
  };
  void push(Batch batch);
  void serve();
  void absorb(const Batch& batch);
  void write_below(Time safe);

  std::unique_ptr<TraceWriter> writer_;
  std::deque<Lane> lanes_;
  std::mutex mutex_;
  std::condition_variable arrived_, taken_;
  std::deque<Batch> queue_;
  bool ending_ = false;
  // of the writing thread
  std::vector<Time> watermarks_;
  std::vector<IoRecord> waiting_;
  std::atomic<std::int64_t> written_ = 0;
  std::int64_t left_out_ = 0;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace blkpath
