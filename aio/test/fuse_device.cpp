// A block file whose law is known, for tests: a FUSE file system of one file, "disk", behind which a number
// of servers work in parallel, first come first served, a fixed time for each I/O; and a range of it that
// fails.
//
//   fuse_device MOUNTPOINT SIZE_BYTES SERVERS SERVICE_US [ERRNO FROM_BYTE TO_BYTE]
//
// Stays in the foreground; ends when it is unmounted or gets SIGTERM.
#define FUSE_USE_VERSION 312
#include <fuse.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

namespace {

struct Device {
  char* data = nullptr;
  off_t size = 0;
  std::chrono::microseconds service{0};
  int error = 0;
  off_t bad_from = 0, bad_to = 0;

  std::mutex mutex;
  std::condition_variable turn;
  unsigned long next_ticket = 0, admitted = 0;

  /// Waits for a free server in order of arrival, and is then served.
  void serve() {
    std::unique_lock lock(mutex);
    const unsigned long ticket = next_ticket++;
    turn.wait(lock, [&] { return ticket < admitted; });
    lock.unlock();
    std::this_thread::sleep_for(service);
    lock.lock();
    ++admitted;
    lock.unlock();
    turn.notify_all();
  }
  bool bad(off_t offset, size_t length) const {
    return error != 0 && offset < bad_to && offset + static_cast<off_t>(length) > bad_from;
  }
};
Device g_device;

bool is_disk(const char* path) { return std::strcmp(path, "/disk") == 0; }

int get_attributes(const char* path, struct stat* info, fuse_file_info*) {
  std::memset(info, 0, sizeof *info);
  if (std::strcmp(path, "/") == 0) {
    info->st_mode = S_IFDIR | 0755;
    info->st_nlink = 2;
    return 0;
  }
  if (!is_disk(path)) return -ENOENT;
  info->st_mode = S_IFREG | 0600;
  info->st_nlink = 1;
  info->st_size = g_device.size;
  return 0;
}
int list(const char*, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags) {
  fill(buffer, "disk", nullptr, 0, fuse_fill_dir_flags{});
  return 0;
}
int open_file(const char* path, fuse_file_info*) { return is_disk(path) ? 0 : -ENOENT; }
int read_file(const char*, char* buffer, size_t length, off_t offset, fuse_file_info*) {
  g_device.serve();
  if (g_device.bad(offset, length)) return -g_device.error;
  const auto n = std::clamp<off_t>(g_device.size - offset, 0, static_cast<off_t>(length));
  std::memcpy(buffer, g_device.data + offset, static_cast<size_t>(n));
  return static_cast<int>(n);
}
int write_file(const char*, const char* buffer, size_t length, off_t offset, fuse_file_info*) {
  g_device.serve();
  if (g_device.bad(offset, length)) return -g_device.error;
  const auto n = std::clamp<off_t>(g_device.size - offset, 0, static_cast<off_t>(length));
  if (n == 0) return -ENOSPC;
  std::memcpy(g_device.data + offset, buffer, static_cast<size_t>(n));
  return static_cast<int>(n);
}
int sync_file(const char*, int, fuse_file_info*) { return 0; }
void* start(fuse_conn_info* connection, fuse_config* config) {
  connection->max_background = 256;  // O_DIRECT AIO counts as background; 12 by default
  connection->congestion_threshold = 256;
  config->attr_timeout = config->entry_timeout = 3600;
  config->direct_io = 0;
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 8) {
    std::fprintf(stderr, "fuse_device MOUNTPOINT SIZE_BYTES SERVERS SERVICE_US [ERRNO FROM_BYTE TO_BYTE]\n");
    return 2;
  }
  g_device.size = std::atoll(argv[2]);
  g_device.admitted = static_cast<unsigned long>(std::atoi(argv[3]));
  g_device.service = std::chrono::microseconds(std::atoi(argv[4]));
  if (argc == 8) {
    g_device.error = std::atoi(argv[5]);
    g_device.bad_from = std::atoll(argv[6]);
    g_device.bad_to = std::atoll(argv[7]);
  }
  void* const memory = mmap(nullptr, static_cast<size_t>(g_device.size), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return 1;
  g_device.data = static_cast<char*>(memory);

  fuse_operations operations{};
  operations.getattr = get_attributes;
  operations.readdir = list;
  operations.open = open_file;
  operations.read = read_file;
  operations.write = write_file;
  operations.fsync = sync_file;
  operations.init = start;
  char name[] = "fuse_device", option[] = "-o", value[] = "fsname=blkpath_test", foreground[] = "-f";
  char threads[] = "-omax_threads=128,max_idle_threads=128";
  char* arguments[] = {name, option, value, foreground, threads, argv[1]};
  return fuse_main(6, arguments, &operations, nullptr);
}
