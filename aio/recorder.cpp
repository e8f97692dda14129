#include "aio/recorder.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace blkpath {
namespace {
constexpr std::size_t kMostQueued = 256;       ///< batches; a lane waits when writing falls this far behind
constexpr std::size_t kMostWaiting = 1 << 20;  ///< records; past it they leave out of order
}  // namespace

void Recorder::Lane::hand_over() {
  handed_over_ = watermark_;
  recorder_->push({index_, std::exchange(batch_, {}), watermark_, false});
  batch_.reserve(kBatch);
}

void Recorder::Lane::close() { recorder_->push({index_, std::exchange(batch_, {}), Time::max(), true}); }

Recorder::Recorder(std::unique_ptr<TraceWriter> writer, std::size_t lanes)
    : writer_(std::move(writer)), lanes_(lanes), watermarks_(lanes, Time::min()) {
  for (std::size_t i = 0; i < lanes; ++i) {
    lanes_[i].recorder_ = this;
    lanes_[i].index_ = i;
    lanes_[i].batch_.reserve(Lane::kBatch);
  }
  thread_ = std::thread([this] { serve(); });
}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  arrived_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Recorder::push(Batch batch) {
  std::unique_lock lock(mutex_);
  taken_.wait(lock, [this] { return queue_.size() < kMostQueued || failure_ != nullptr; });
  queue_.push_back(std::move(batch));
  lock.unlock();
  arrived_.notify_one();
}

void Recorder::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    arrived_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Batch batch = std::move(queue_.front());
    queue_.pop_front();
    const bool failed = failure_ != nullptr;
    lock.unlock();
    taken_.notify_all();
    std::exception_ptr failure;
    if (!failed) try {
        absorb(batch);
      } catch (...) {
        failure = std::current_exception();
      }
    lock.lock();
    if (failure) failure_ = failure;
  }
}

void Recorder::absorb(const Batch& batch) {
  waiting_.insert(waiting_.end(), batch.records.begin(), batch.records.end());
  watermarks_[batch.lane] = batch.watermark;
  const Time safe = *std::min_element(watermarks_.begin(), watermarks_.end());
  write_below(waiting_.size() > kMostWaiting ? Time::max() : safe);
}

void Recorder::write_below(Time safe) {
  const auto keep =
      std::partition(waiting_.begin(), waiting_.end(), [&](const IoRecord& r) { return r.issued < safe; });
  const auto n = static_cast<std::size_t>(keep - waiting_.begin());
  if (n == 0) return;
  std::sort(waiting_.begin(), keep, [](const IoRecord& a, const IoRecord& b) {
    return a.issued != b.issued ? a.issued < b.issued : a.job < b.job;
  });
  if (writer_) {
    writer_->write({waiting_.data(), n});
    writer_->flush();
  }
  written_ += static_cast<std::int64_t>(n);
  waiting_.erase(waiting_.begin(), keep);
}

void Recorder::close(const TraceMeta& more) {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  arrived_.notify_all();
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  write_below(Time::max());
  if (!writer_) return;
  writer_->append(more);
  writer_->close();
  const OpCounts left_out = writer_->left_out();
  left_out_ = std::accumulate(left_out.begin(), left_out.end(), std::int64_t{0});
  written_ -= left_out_;
}

}  // namespace blkpath
