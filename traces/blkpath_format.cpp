// blkpath's own trace format; blkpath_layout.hpp describes its bytes. A span before `issued` cannot be said
// and becomes 0; spans beyond 2.1 s are rounded to 1 us.
#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "model/core/error.hpp"
#include "traces/blkpath_layout.hpp"
#include "traces/format.hpp"

namespace blkpath {
namespace {

using nlohmann::json;
using namespace layout;

constexpr std::int64_t kLastDate = std::int64_t{1} << 62;  ///< differences and spans fit in 64 bits

std::uint64_t checksum_of(Header header, std::string_view payload) {
  header.checksum = 0;
  return XXH3_64bits_withSeed(payload.data(), payload.size(), XXH3_64bits(&header, sizeof header));
}

/// The four spans of each content, in their order.
constexpr std::array kReplaySpans{&IoRecord::intended, &IoRecord::submitted, &IoRecord::completed,
                                  &IoRecord::reaped};
constexpr std::array kBlockSpans{&IoRecord::allocated, &IoRecord::inserted, &IoRecord::submitted,
                                 &IoRecord::completed};

class BlkpathReader final : public TraceReader {
 public:
  BlkpathReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : in_(std::move(in)), left_to_skip_(options.skip_bad) {
    meta_.format = "blkpath";
    next_block();
    if (header_.content != Content::meta) fail("a trace begins with a block of metadata");
  }

  std::size_t read(std::span<IoRecord> out) override {
    std::size_t n = 0;
    while (n < out.size()) {
      if (taken_ == header_.count) {
        if (!next_block()) break;
        continue;
      }
      const std::size_t some = std::min<std::size_t>(out.size() - n, header_.count - taken_);
      decode(out.subspan(n, some));
      n += some;
    }
    return n;
  }
  const TraceMeta& meta() const override { return meta_; }
  std::int64_t skipped() const override { return skipped_; }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw ConfigError({in_->name(), 0}, "", fmt::format("block at byte {}: {}", at_, problem));
  }

  /// Takes the next block; metadata at once. @return false at the end
  bool next_block() {
    at_ = next_;
    taken_ = header_.count = 0;
    Header header;
    const std::string_view head = in_->peek(sizeof header);
    if (head.empty()) return false;
    if (head.size() < sizeof header) return cut_off(head.size());
    std::memcpy(&header, head.data(), sizeof header);
    if (header.magic != kMagic)
      fail("no block begins here; the file is damaged, or no trace of blkpath's own format");
    if (header.version != kVersion)
      fail(fmt::format("version {}; this program reads version {}", header.version, kVersion));
    const bool records = header.content == Content::replay || header.content == Content::block;
    if (header.bytes > kMaxPayload || header.base > kLastDate || header.base < -kLastDate ||
        (!records && header.content != Content::meta) ||
        header.count * (records ? sizeof(Record) : 0) != (records ? header.bytes : 0))
      fail("its header makes no sense; the file is damaged");
    const std::uint64_t whole = sizeof header + padded(header.bytes);
    const std::string_view block = in_->peek(whole);
    if (block.size() < whole) return cut_off(block.size());
    payload_.assign(block.substr(sizeof header, header.bytes));
    in_->skip(whole);
    next_ += whole;
    if (checksum_of(header, payload_) != header.checksum) {
      const std::int64_t lost = std::max<std::int64_t>(1, header.count);
      if (left_to_skip_ < lost)
        fail("its checksum is wrong; the file is damaged (--skip-bad passes over damaged blocks)");
      left_to_skip_ -= lost;
      skipped_ += lost;
      return true;
    }
    header_ = header;
    if (!records) read_meta();
    return true;
  }

  bool cut_off(std::size_t bytes) {
    in_->skip(bytes);
    meta_.notes.push_back(fmt::format(
        "the last block is cut off, as when its recorder was killed: {} bytes passed over", bytes));
    return false;
  }

  void read_meta() try {
    header_.count = 0;
    const json j = json::parse(payload_);
    if (j.contains("epoch_ns")) meta_.epoch_ns = j.at("epoch_ns").get<std::int64_t>();
    if (j.contains("machine")) meta_.machine = j.at("machine").dump();
    if (j.contains("notes"))
      for (const json& note : j.at("notes")) meta_.notes.push_back(note.get<std::string>());
    if (j.contains("samples"))
      for (const json& sample : j.at("samples")) meta_.samples.push_back(sample.dump());
    if (j.contains("streams"))
      for (const json& s : j.at("streams")) {
        const auto id = s.at(0).get<std::size_t>();
        if (id >= kMaxStreams) fail(fmt::format("stream {} is out of range", id));
        if (streams_.size() <= id) streams_.resize(id + 1);
        streams_[id] = {s.at(1).get<std::uint32_t>(), s.at(2).get<std::uint16_t>()};
      }
  } catch (const json::exception& e) {
    fail(fmt::format("its metadata cannot be read: {}", e.what()));
  }

  void decode(std::span<IoRecord> out) {
    const auto& spans = header_.content == Content::replay ? kReplaySpans : kBlockSpans;
    const char* from = payload_.data() + taken_ * sizeof(Record);
    for (IoRecord& r : out) {
      Record p;
      std::memcpy(&p, from, sizeof p);
      from += sizeof p;
      std::uint64_t w = p.word;
      const auto take = [&w](int bits) {
        const std::uint64_t low = w & ((std::uint64_t{1} << bits) - 1);
        w >>= bits;
        return low;
      };
      r = IoRecord{};
      r.issued = Time{header_.base + static_cast<std::int64_t>(take(kDeltaBits))};
      const std::uint64_t stream = take(kStreamBits), op = take(kOpBits);
      if (stream >= streams_.size()) fail(fmt::format("stream {} was not introduced", stream));
      if (op > static_cast<std::uint64_t>(Op::trim)) fail(fmt::format("operation {} is unknown", op));
      r.device = streams_[stream].device;
      r.job = streams_[stream].job;
      r.op = static_cast<Op>(op);
      r.flags = static_cast<std::uint8_t>(take(kFlagBits));
      if (w > static_cast<std::uint64_t>(IoRecord::Buffer::trip))
        fail(fmt::format("buffer action {} is unknown", w));
      r.buffer = static_cast<IoRecord::Buffer>(w);
      r.offset = p.offset;
      r.length = p.length;
      r.result = p.result;
      for (std::size_t i = 0; i < spans.size(); ++i)
        if (p.span[i] != kNoSpan) r.*spans[i] = r.issued + Time{unpack_span(p.span[i])};
      if (r.intended != IoRecord::kUnknown)
        r.intended = r.issued - (r.intended - r.issued);  // it lies before
    }
    taken_ += static_cast<std::uint32_t>(out.size());
  }

  struct Stream {
    std::uint32_t device = 0;
    std::uint16_t job = 0;
  };
  std::unique_ptr<ByteInput> in_;
  TraceMeta meta_;
  Header header_;
  std::string payload_;
  std::vector<Stream> streams_;
  std::uint32_t taken_ = 0;
  std::uint64_t at_ = 0, next_ = 0;
  std::int64_t left_to_skip_, skipped_ = 0;
};

class BlkpathWriter final : public TraceWriter {
 public:
  BlkpathWriter(std::unique_ptr<ByteOutput> out, const WriteOptions& options) : out_(std::move(out)) {
    pending_.reserve(kRecordsPerBlock);
    json j{{"format", "blkpath"}, {"epoch_ns", options.meta.epoch_ns}};
    if (!options.meta.machine.empty()) j["machine"] = json::parse(options.meta.machine, nullptr, false);
    if (!options.meta.notes.empty()) j["notes"] = options.meta.notes;
    put_meta(j);
  }

  void write(std::span<const IoRecord> records) override {
    for (const IoRecord& r : records) add(r);
  }
  void flush() override {
    put_records();
    out_->flush();
  }
  void append(const TraceMeta& more) override {
    put_records();
    json j = json::object();
    if (!more.machine.empty()) j["machine"] = json::parse(more.machine, nullptr, false);
    if (!more.notes.empty()) j["notes"] = more.notes;
    if (!j.empty()) put_meta(j);
    constexpr std::size_t kSamplesPerBlock = 1000;
    for (std::size_t i = 0; i < more.samples.size(); i += kSamplesPerBlock) {
      json part = json::array();
      for (std::size_t k = i; k < std::min(i + kSamplesPerBlock, more.samples.size()); ++k)
        part.push_back(json::parse(more.samples[k], nullptr, false));
      put_meta({{"samples", part}});
    }
  }
  void close() override {
    put_records();
    out_->close();
  }

 private:
  void add(const IoRecord& r) {
    const Content content = r.allocated != IoRecord::kUnknown || r.inserted != IoRecord::kUnknown
                                ? Content::block
                                : Content::replay;
    const std::int64_t at = r.issued.count();
    if (at > kLastDate || at < -kLastDate)
      throw ConfigError({}, "", "a time of more than 146 years from the trace's zero");
    if (!pending_.empty() &&
        (content != header_.content || std::max(last_, at) - std::min(header_.base, at) > kMaxDelta))
      put_records();
    if (pending_.empty()) {
      header_ = Header{};
      header_.content = content;
      header_.base = last_ = at;
    }
    if (at < header_.base) {
      for (Record& p : pending_)
        p.word += static_cast<std::uint64_t>(header_.base - at);  // deltas: the lowest bits
      header_.base = at;
    }
    last_ = std::max(last_, at);
    Record p;
    p.word = static_cast<std::uint64_t>(at - header_.base) | stream(r) << kDeltaBits |
             static_cast<std::uint64_t>(r.op) << (kDeltaBits + kStreamBits) |
             static_cast<std::uint64_t>(r.flags & ((1u << kFlagBits) - 1))
                 << (kDeltaBits + kStreamBits + kOpBits) |
             static_cast<std::uint64_t>(r.buffer) << (kDeltaBits + kStreamBits + kOpBits + kFlagBits);
    p.offset = r.offset;
    p.length = r.length;
    p.result = r.result;
    const auto& spans = content == Content::replay ? kReplaySpans : kBlockSpans;
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const Time t = r.*spans[i];
      const bool before = spans[i] == &IoRecord::intended;
      p.span[i] =
          t == IoRecord::kUnknown ? kNoSpan : pack_span((before ? r.issued - t : t - r.issued).count());
    }
    pending_.push_back(p);
    if (pending_.size() == kRecordsPerBlock) put_records();
  }

  std::uint64_t stream(const IoRecord& r) {
    const std::uint64_t key = std::uint64_t{r.device} << 16 | r.job;
    if (key == last_key_ && !streams_.empty()) return last_stream_;
    const auto [it, fresh] = streams_.try_emplace(key, streams_.size());
    if (fresh) {
      if (it->second >= kMaxStreams)
        throw ConfigError({}, "",
                          fmt::format("more than {} pairs of device and job; select some", kMaxStreams));
      new_streams_.push_back({it->second, r.device, r.job});
    }
    last_key_ = key;
    return last_stream_ = it->second;
  }

  void put_records() {
    if (pending_.empty()) return;
    if (!new_streams_.empty()) put_meta({{"streams", new_streams_}});
    new_streams_.clear();
    header_.count = static_cast<std::uint32_t>(pending_.size());
    put(header_, {reinterpret_cast<const char*>(pending_.data()), pending_.size() * sizeof(Record)});
    pending_.clear();
  }

  void put_meta(const json& j) { put(Header{}, j.dump(-1, ' ', false, json::error_handler_t::replace)); }

  /// A block leaves in one call, so that what stands in the file are whole blocks.
  void put(Header header, std::string_view payload) {
    if (payload.size() > kMaxPayload)
      throw ConfigError({}, "", "the metadata of a trace may have 1 MiB at most");
    header.bytes = static_cast<std::uint32_t>(payload.size());
    header.checksum = checksum_of(header, payload);
    bytes_.assign(reinterpret_cast<const char*>(&header), sizeof header);
    bytes_.append(payload);
    bytes_.resize(sizeof header + padded(payload.size()), '\0');
    out_->write(bytes_);
  }

  std::unique_ptr<ByteOutput> out_;
  Header header_;
  std::vector<Record> pending_;
  std::string bytes_;
  std::int64_t last_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> streams_;
  std::vector<std::array<std::uint64_t, 3>> new_streams_;
  std::uint64_t last_key_ = 0, last_stream_ = 0;
};

int recognise(std::string_view head, std::string_view file_name) {
  if (head.empty()) return file_name.ends_with(".trace") || file_name.ends_with(".bpt") ? 50 : 0;
  return head.starts_with("BPTR") ? 100 : 0;
}

const RegisteredFormat registered{
    {"blkpath", "blkpath's own: binary, every field, checksummed, 40 bytes per I/O", "", record_field::all,
     recognise, make_reader<BlkpathReader>, make_writer<BlkpathWriter>}};

}  // namespace
}  // namespace blkpath
