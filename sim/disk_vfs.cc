#include "disk_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace evener::sim {

namespace {

// Who holds what of one database: SQLite's locks on the file, and those on its shared memory.
struct LockTable {
  struct Slot {
    int shared = 0;
    bool exclusive = false;
  };

  int shared = 0;
  bool reserved = false;
  bool exclusive = false;
  std::array<Slot, SQLITE_SHM_NLOCK> slots{};
};

// One opened file. SQLite makes the memory, so it is no C++ object until it was opened.
struct Handle {
  sqlite3_file base;
  Disk* disk;
  DiskFileRef file;
  std::string path;
  bool deletes_on_close;
  bool is_new_log;  // its first flush is its folder's, too
  int lock;         // SQLITE_LOCK_NONE ... SQLITE_LOCK_EXCLUSIVE
  std::shared_ptr<LockTable> locks;
  Disk::SharedMemory* memory;  // or null
  std::uint32_t shared_slots;  // a bit a slot
  std::uint32_t exclusive_slots;
};

Disk* current_disk = nullptr;
std::uint64_t current_seed = 0;

// Of each disk and path, while somebody has the file open.
std::map<std::pair<Disk*, std::string>, std::weak_ptr<LockTable>>& lock_tables() {
  static std::map<std::pair<Disk*, std::string>, std::weak_ptr<LockTable>> tables;
  return tables;
}

Handle& of(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file);
}

int failure(const Handle& handle, int otherwise) {
  return !handle.disk->is_dead() && handle.disk->ran_full() ? SQLITE_FULL : otherwise;
}

// ---- bytes -------------------------------------------------------------------------------------

int read_bytes(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  const Handle& handle = of(file);
  if (handle.disk->is_dead()) return SQLITE_IOERR_READ;
  const std::string& bytes = handle.file->seen;
  const auto wanted = static_cast<std::size_t>(size);
  const auto at = static_cast<std::size_t>(offset);
  const std::size_t got = at >= bytes.size() ? 0 : bytes.copy(static_cast<char*>(into), wanted, at);
  if (got == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(into) + got, 0, wanted - got);
  return SQLITE_IOERR_SHORT_READ;
}

int write_bytes(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  Handle& handle = of(file);
  const std::string_view text(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  if (handle.disk->write(handle.file, static_cast<std::uint64_t>(offset), text)) return SQLITE_OK;
  return failure(handle, SQLITE_IOERR_WRITE);
}

int cut(sqlite3_file* file, sqlite3_int64 size) {
  Handle& handle = of(file);
  const bool done = handle.disk->cut(handle.file, static_cast<std::uint64_t>(size));
  return done ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int flush(sqlite3_file* file, int) {
  Handle& handle = of(file);
  if (!handle.disk->flush(handle.file)) return SQLITE_IOERR_FSYNC;
  if (!std::exchange(handle.is_new_log, false)) return SQLITE_OK;
  return handle.disk->flush_folder() ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

int size_of(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(of(file).file->seen.size());
  return SQLITE_OK;
}

// ---- locks -------------------------------------------------------------------------------------

int unlock(sqlite3_file* file, int to) {
  Handle& handle = of(file);
  if (handle.lock <= to) return SQLITE_OK;
  LockTable& locks = *handle.locks;
  if (handle.lock == SQLITE_LOCK_EXCLUSIVE) locks.exclusive = false;
  if (handle.lock >= SQLITE_LOCK_RESERVED) locks.reserved = false;
  if (to == SQLITE_LOCK_NONE) --locks.shared;
  handle.lock = to;
  return SQLITE_OK;
}

int lock(sqlite3_file* file, int wanted) {
  Handle& handle = of(file);
  if (handle.lock >= wanted) return SQLITE_OK;
  LockTable& locks = *handle.locks;
  if (wanted == SQLITE_LOCK_SHARED) {
    if (locks.exclusive) return SQLITE_BUSY;
    ++locks.shared;
  } else {
    const bool is_ours = handle.lock >= SQLITE_LOCK_RESERVED;
    if (locks.reserved && !is_ours) return SQLITE_BUSY;
    if (wanted == SQLITE_LOCK_EXCLUSIVE && locks.shared > 1) return SQLITE_BUSY;
    locks.reserved = true;
    if (wanted == SQLITE_LOCK_EXCLUSIVE) locks.exclusive = true;
  }
  handle.lock = wanted;
  return SQLITE_OK;
}

int is_reserved(sqlite3_file* file, int* answer) {
  *answer = of(file).locks->reserved ? 1 : 0;
  return SQLITE_OK;
}

// ---- shared memory -----------------------------------------------------------------------------

// The first to come finds it empty, as SQLite's own VFS cuts an index that nobody holds.
int map_memory(sqlite3_file* file, int number, int size, int may_grow, volatile void** piece) {
  Handle& handle = of(file);
  *piece = nullptr;
  if (static_cast<std::size_t>(size) != Disk::shared_piece_bytes) return SQLITE_IOERR_SHMMAP;
  if (handle.memory == nullptr) {
    handle.memory = &handle.disk->shared_memory(handle.path);
    if (handle.memory->users++ == 0) handle.memory->pieces.clear();
  }
  auto& pieces = handle.memory->pieces;
  const auto index = static_cast<std::size_t>(number);
  if (pieces.size() <= index && may_grow == 0) return SQLITE_OK;
  while (pieces.size() <= index) {
    pieces.push_back(std::make_unique<std::array<char, Disk::shared_piece_bytes>>());
  }
  *piece = pieces[index]->data();
  return SQLITE_OK;
}

int lock_memory(sqlite3_file* file, int first, int count, int flags) {
  Handle& handle = of(file);
  auto& slots = handle.locks->slots;
  const bool takes = (flags & SQLITE_SHM_LOCK) != 0;
  const bool is_shared = (flags & SQLITE_SHM_SHARED) != 0;
  std::uint32_t& ours = is_shared ? handle.shared_slots : handle.exclusive_slots;
  for (int i = first; takes && i < first + count; ++i) {
    const LockTable::Slot& slot = slots[static_cast<std::size_t>(i)];
    const bool have_shared = (handle.shared_slots >> i & 1U) != 0;
    if (slot.exclusive && (handle.exclusive_slots >> i & 1U) == 0) return SQLITE_BUSY;
    if (!is_shared && slot.shared > (have_shared ? 1 : 0)) return SQLITE_BUSY;
  }
  for (int i = first; i < first + count; ++i) {
    LockTable::Slot& slot = slots[static_cast<std::size_t>(i)];
    const std::uint32_t bit = 1U << i;
    if (takes == ((ours & bit) != 0)) continue;
    if (is_shared) {
      slot.shared += takes ? 1 : -1;
    } else {
      slot.exclusive = takes;
    }
    ours ^= bit;
  }
  return SQLITE_OK;
}

void order_memory(sqlite3_file*) {}

int unmap_memory(sqlite3_file* file, int deletes) {
  Handle& handle = of(file);
  if (handle.memory == nullptr) return SQLITE_OK;
  for (int i = 0; i < SQLITE_SHM_NLOCK; ++i) {
    lock_memory(file, i, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
    lock_memory(file, i, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
  }
  const bool was_last = --handle.memory->users == 0;
  handle.memory = nullptr;
  if (was_last && deletes != 0 && !handle.disk->is_dead()) {
    handle.disk->drop_shared_memory(handle.path);
  }
  return SQLITE_OK;
}

// ---- the rest ----------------------------------------------------------------------------------

int control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}

int page_of_device(sqlite3_file*) {
  return 4096;
}

// As SQLite's own says of Linux: bytes beside those written are not harmed.
int traits(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int close(sqlite3_file* file) {
  Handle& handle = of(file);
  unlock(file, SQLITE_LOCK_NONE);
  unmap_memory(file, 0);
  if (handle.deletes_on_close) handle.disk->remove_name(handle.path, false);
  handle.file.~shared_ptr();
  handle.path.~basic_string();
  handle.locks.~shared_ptr();
  return SQLITE_OK;
}

const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close,
    .xRead = read_bytes,
    .xWrite = write_bytes,
    .xTruncate = cut,
    .xSync = flush,
    .xFileSize = size_of,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = is_reserved,
    .xFileControl = control,
    .xSectorSize = page_of_device,
    .xDeviceCharacteristics = traits,
    .xShmMap = map_memory,
    .xShmLock = lock_memory,
    .xShmBarrier = order_memory,
    .xShmUnmap = unmap_memory,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* opened) {
  static int unnamed = 0;
  file->pMethods = nullptr;
  Disk& disk = *current_disk;
  if (disk.is_dead()) return SQLITE_IOERR;
  const std::string path = name != nullptr ? name : "/unnamed-" + std::to_string(++unnamed);
  DiskFileRef found = disk.find(path);
  if (found == nullptr && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
  const bool is_new = found == nullptr;
  if (is_new) found = disk.create(path);
  if (found == nullptr) return SQLITE_CANTOPEN;
  Handle& handle = of(file);
  new (&handle.file) DiskFileRef(std::move(found));
  new (&handle.path) std::string(path);
  std::weak_ptr<LockTable>& table = lock_tables()[{&disk, path}];
  std::shared_ptr<LockTable> locks = table.lock();
  if (locks == nullptr) table = locks = std::make_shared<LockTable>();
  new (&handle.locks) std::shared_ptr<LockTable>(std::move(locks));
  handle.disk = &disk;
  handle.deletes_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  handle.is_new_log = is_new && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  handle.lock = SQLITE_LOCK_NONE;
  handle.memory = nullptr;
  handle.shared_slots = 0;
  handle.exclusive_slots = 0;
  handle.base.pMethods = &methods;
  if (opened != nullptr) *opened = flags;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs*, const char* name, int flushes_folder) {
  if (current_disk->is_dead()) return SQLITE_IOERR_DELETE;
  if (current_disk->find(name) == nullptr) return SQLITE_IOERR_DELETE_NOENT;
  return current_disk->remove_name(name, flushes_folder != 0) ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

// As SQLite's own: an empty file counts as missing.
int is_there(sqlite3_vfs*, const char* name, int asked, int* answer) {
  const DiskFileRef file = current_disk->find(name);
  *answer = file != nullptr && (asked != SQLITE_ACCESS_EXISTS || !file->seen.empty()) ? 1 : 0;
  return SQLITE_OK;
}

int whole_path(sqlite3_vfs*, const char* name, int size, char* into) {
  sqlite3_snprintf(size, into, "%s", name);
  return SQLITE_OK;
}

int random_bytes(sqlite3_vfs*, int size, char* into) {
  SeededNumbers random(current_seed);
  for (int i = 0; i < size; ++i) into[i] = static_cast<char>(random.next());
  return size;
}

int sleep_micros(sqlite3_vfs*, int micros) {
  return micros;
}

// SQLite asks only for the names of files that it makes for itself.
int day(sqlite3_vfs*, double* julian) {
  *julian = 2'461'000.5;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) {
  return EIO;
}

}  // namespace

void use_disk(Disk& disk) {
  static sqlite3_vfs vfs = {};
  current_disk = &disk;
  if (vfs.zName != nullptr) return;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 512;
  vfs.zName = disk_vfs_name;
  vfs.xOpen = open;
  vfs.xDelete = remove_file;
  vfs.xAccess = is_there;
  vfs.xFullPathname = whole_path;
  vfs.xRandomness = random_bytes;
  vfs.xSleep = sleep_micros;
  vfs.xCurrentTime = day;
  vfs.xGetLastError = last_error;
  // By default, because that is where SQLite takes the seed of its random numbers from.
  sqlite3_vfs_register(&vfs, 1);
}

void seed_sqlite(std::uint64_t seed) {
  current_seed = seed;
  sqlite3_randomness(0, nullptr);  // begins anew
}

}  // namespace evener::sim
