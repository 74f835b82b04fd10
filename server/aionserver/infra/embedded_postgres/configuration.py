"""PostgreSQL's settings for a small machine, written anew at every start."""

import os
from pathlib import Path

MEBIBYTE = 1024 * 1024
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
OWN_SETTINGS = "custom.conf"


def configuration(logs: Path, socket_folder: Path, *, durable: bool) -> str:
    """The text of postgresql.conf; an operator's own in `custom.conf` beside it win."""
    settings = fixed_settings() | memory_settings(memory_bytes())
    settings |= {"log_directory": str(logs), "unix_socket_directories": f'"{socket_folder}"'}
    if not durable:
        settings |= dict.fromkeys(("fsync", "full_page_writes", "autovacuum"), "off")
    lines = [f"{name} = {quoted(value)}" for name, value in settings.items()]
    head = f"# Written at every start. Put settings of your own into {OWN_SETTINGS} beside this file."
    return "\n".join([head, *lines, f"include_if_exists = '{OWN_SETTINGS}'", ""])


def fixed_settings() -> dict[str, str]:
    """What holds on every machine."""
    return {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "dynamic_shared_memory_type": "sysv",  # /dev/shm has 64 MB in many containers; index builds need more
        "random_page_cost": "1.1",
        "jit": "off",
        "wal_compression": "pglz",
        "max_wal_size": "1GB",
        "timezone": "UTC",
        "default_text_search_config": "pg_catalog.english",
        "logging_collector": "on",
        "log_filename": "postgresql-%Y%m%d-%H%M%S.log",
        "log_rotation_size": "10MB",
        "log_rotation_age": "1d",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_min_error_statement": "panic",  # statements carry users' text and vectors
        "log_parameter_max_length_on_error": "0",
    }


def memory_settings(total_bytes: int) -> dict[str, str]:
    """An eighth of the memory for shared buffers, within bounds: the models need most of the rest.

    An index of vectors is built many times as fast where it fits into `maintenance_work_mem`: 700,000 into 1 GB.
    """
    mebibytes = total_bytes // MEBIBYTE
    return {
        "shared_buffers": f"{min(max(mebibytes // 8, 64), 2048)}MB",
        "effective_cache_size": f"{max(mebibytes // 2, 128)}MB",
        "maintenance_work_mem": f"{min(max(mebibytes // 8, 64), 2048)}MB",
        "autovacuum_work_mem": f"{min(max(mebibytes // 64, 64), 256)}MB",
        "work_mem": f"{min(max(mebibytes // 256, 4), 32)}MB",
    }


def memory_bytes() -> int:
    """The memory we may use: the machine's, or the container's limit where that is less."""
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [limit.read_text().strip() for limit in CGROUP_LIMITS if limit.is_file()]
    return min([machine_bytes, *(int(limit) for limit in limits if limit.isdigit())])


def quoted(value: str) -> str:
    """A value as postgresql.conf wants it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
