"""Folders after any operations in any order: they are as a simple model of them says, and always a tree."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from plugins.folders import FOLDERS, add_files, tree
from plugins.product import Product, Tenant

FILES = "/api/v2/user-files"
LEVELS = 10
# Few, so that they meet: the same in two cases, one that is a numbered other, and one that a number makes too long.
NAMES = st.sampled_from(["Trip", "TRIP (2)", "Über", "über", "x" * 254])
# Places among what there is: from 0 on the deepest folders, before 0 the root and what is near it; and what is gone.
GONE = 1000
PLACES = st.integers(-6, 6) | st.just(GONE)
Result = TypeVar("Result")
Run = Callable[[Coroutine[Any, Any, Result]], Result]


class Model:
    """Folders as name and parent by id, and files as folder by id; `None` is the root."""

    def __init__(self, files: list[str]) -> None:
        self.names: dict[str, str] = {}
        self.parents: dict[str, str | None] = {}
        self.folder_of: dict[str, str | None] = dict.fromkeys(files)
        self.deleted: set[str] = set()

    def way(self, folder: str | None) -> list[str]:
        """The folders from this one up to the root."""
        return [] if folder is None else [folder, *self.way(self.parents[folder])]

    def inside(self, folder: str) -> set[str]:
        """The folder and all that lie in it."""
        return {one for one in self.parents if folder in self.way(one)}

    def height(self, folder: str) -> int:
        return max(self.way(one).index(folder) for one in self.inside(folder))

    def is_taken(self, parent: str | None, name: str, but: str | None = None) -> bool:
        beside = (one for one, its in self.parents.items() if its == parent and one != but)
        return name.lower() in {self.names[one].lower() for one in beside}

    def numbered(self, parent: str | None, name: str) -> str:
        number = 2
        while self.is_taken(parent, candidate := f"{name[: 255 - len(f' ({number})')]} ({number})"):
            number += 1
        return candidate

    def forget(self, folder: str) -> None:
        del self.names[folder], self.parents[folder]

    def lift(self, folder: str) -> None:
        """Move a folder's contents up, and forget it."""
        parent = self.parents[folder]
        children = sorted(one for one, its in self.parents.items() if its == folder)
        self.forget(folder)
        clashing = [one for one in children if self.is_taken(parent, self.names[one])]
        self.parents |= {one: parent for one in children if one not in clashing}
        for one in clashing:
            self.names[one], self.parents[one] = self.numbered(parent, self.names[one]), parent
        self.folder_of |= {file: parent for file, its in self.folder_of.items() if its == folder}

    def delete_all(self, folder: str) -> None:
        gone = self.inside(folder)
        for file in [one for one, its in self.folder_of.items() if its in gone]:
            self.deleted.add(file)
            self.folder_of[file] = None
        for one in gone:
            self.forget(one)


class Folders(RuleBasedStateMachine):
    """Does each operation twice: over HTTP, and in the model, which also says what the answer has to be."""

    def __init__(self, product: Product, run: Run[Any]) -> None:
        super().__init__()
        self.product, self.run = product, run

    @initialize()
    def begin(self) -> None:
        self.tenant: Tenant = self.run(self.product.tenant())
        self.files = self.run(self._files())
        self.model, self.made = Model(self.files), list[str]()
        inner = self.create_in(self.create_in(None, "Trip"), "trip")
        self.create_in(inner, "Trip (2)")
        self.move_files({0, 1, 2}, 1)

    async def _files(self) -> list[str]:
        async with self.product.infra.open_system_scope(self.tenant.id) as scope:
            return await add_files(scope, 4)

    def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        answer = self.run(self.tenant.client.request(method, path, **options))
        return answer.status_code, answer.json()

    def pick(self, place: int) -> str | None:
        """A folder, or the root."""
        if place == GONE:
            return next((one for one in self.made if one not in self.model.names), None)
        there = sorted(self.model.names, key=lambda one: (-len(self.model.way(one)), one))
        return [*there, None][place % (len(there) + 1)]

    def expected(self, known: list[str | None], *, is_inside: bool, deepest: int, is_taken: bool) -> int:
        if any(one is not None and one not in self.model.names for one in known):
            return 404
        if is_inside or deepest >= LEVELS:
            return 422
        return 409 if is_taken else 200

    @rule(name=NAMES, place=PLACES)
    def create(self, name: str, place: int) -> None:
        self.create_in(self.pick(place), name)

    def create_in(self, parent: str | None, name: str) -> str | None:
        """Create a folder; its id, or the parent's where that is refused."""
        model = self.model
        known = parent is None or parent in model.names
        deepest, taken = (len(model.way(parent)), model.is_taken(parent, name)) if known else (0, False)
        expected = self.expected([parent], is_inside=False, deepest=deepest, is_taken=taken)
        status, made = self.ask("POST", FOLDERS, json={"name": name, "parent_id": parent})
        assert status == (201 if expected == 200 else expected)
        if status != 201:
            return parent
        self.made.append(made["id"])
        model.names[made["id"]], model.parents[made["id"]] = name, parent
        return made["id"]

    @rule(place=PLACES, levels=st.integers(3, 7), goal=PLACES)
    def nest_and_move(self, place: int, levels: int, goal: int) -> None:
        goal_id, top = self.pick(goal), self.create_in(self.pick(place), "Nest")
        bottom = top
        for _ in range(levels - 1):
            bottom = self.create_in(bottom, "Nest")
        self.move_to(top, goal_id)

    @rule(place=PLACES, names=st.sets(NAMES, min_size=1, max_size=3), name=NAMES)
    def dissolve_among_namesakes(self, place: int, names: set[str], name: str) -> None:
        parent = self.pick(place)
        doomed = self.create_in(parent, name)
        for one in sorted(names):
            self.create_in(doomed, one)
            self.create_in(parent, one)
        self.put({0, 1, 2, 3}, doomed)
        self.delete_one(doomed, "move_to_parent")

    @rule(name=NAMES, place=PLACES)
    def rename(self, name: str, place: int) -> None:
        model, folder = self.model, self.pick(place)
        if folder is None:
            return
        taken = folder in model.names and model.is_taken(model.parents[folder], name, folder)
        status, _ = self.ask("PATCH", f"{FOLDERS}/{folder}", json={"name": name})
        assert status == self.expected([folder], is_inside=False, deepest=0, is_taken=taken)
        if status == 200:
            model.names[folder] = name

    @rule(place=PLACES, goal=PLACES)
    def move(self, place: int, goal: int) -> None:
        self.move_to(self.pick(place), self.pick(goal))

    def move_to(self, folder: str | None, parent: str | None) -> None:
        model = self.model
        if folder is None:
            return
        inside, deepest, taken = False, 0, False
        if folder in model.names and (parent is None or parent in model.names):
            inside, deepest = folder in model.way(parent), len(model.way(parent)) + model.height(folder)
            taken = model.is_taken(parent, model.names[folder], folder)
        status, _ = self.ask("POST", f"{FOLDERS}/{folder}/move", json={"new_parent_id": parent})
        assert status == self.expected([folder, parent], is_inside=inside, deepest=deepest, is_taken=taken)
        if status == 200:
            model.parents[folder] = parent

    @rule(place=PLACES, mode=st.sampled_from(["move_to_parent", "delete_all"]))
    def delete(self, place: int, mode: str) -> None:
        self.delete_one(self.pick(place), mode)

    def delete_one(self, folder: str | None, mode: str) -> None:
        model = self.model
        if folder is None:
            return
        status, answer = self.ask("DELETE", f"{FOLDERS}/{folder}", params={"mode": mode})
        assert status == self.expected([folder], is_inside=False, deepest=0, is_taken=False)
        if status == 200:
            direct = {one for one, parent in model.parents.items() if parent == folder} | {folder}
            gone = model.inside(folder) if mode == "delete_all" else direct
            where = model.inside(folder) if mode == "delete_all" else {folder}
            there = {one for one, its in model.folder_of.items() if its in where} - model.deleted
            assert (answer["files_affected"], answer["subfolders_affected"]) == (len(there), len(gone) - 1)
            (model.delete_all if mode == "delete_all" else model.lift)(folder)

    @rule(places=st.sets(st.integers(0, 3), min_size=1), goal=PLACES)
    def move_files(self, places: set[int], goal: int) -> None:
        self.put(places, self.pick(goal))

    def put(self, places: set[int], folder: str | None) -> None:
        chosen = [self.files[place] for place in sorted(places)]
        status, answer = self.ask("POST", f"{FOLDERS}/move-files", json={"file_ids": chosen, "folder_id": folder})
        assert status == self.expected([folder], is_inside=False, deepest=0, is_taken=False)
        if status == 200:
            there = [one for one in chosen if one not in self.model.deleted]
            assert answer == {"moved": len(there), "total_requested": len(chosen)}
            self.model.folder_of |= dict.fromkeys(there, folder)

    @rule(place=st.integers(0, 3))
    def delete_or_restore_a_file(self, place: int) -> None:
        file, deleted = self.files[place], self.model.deleted
        method, path = ("POST", f"{FILES}/{file}/restore") if file in deleted else ("DELETE", f"{FILES}/{file}")
        assert self.ask(method, path)[0] == 200
        deleted ^= {file}

    @invariant()
    def the_tree_is_the_models(self) -> None:
        if not hasattr(self, "model"):
            return
        model, shown = self.model, self.run(tree(self.tenant.client))
        assert {one["id"]: (one["name"], one["parent_id"]) for one in shown} == {
            one: (name, model.parents[one]) for one, name in model.names.items()
        }
        seen: dict[str | None, int] = {None: -1}
        files = Counter(folder for file, folder in model.folder_of.items() if file not in model.deleted)
        folders = Counter(model.parents.values())
        for one in shown:
            seen[one["id"]] = one["depth"]
            assert one["depth"] == seen[one["parent_id"]] + 1 < LEVELS
            assert (one["file_count"], one["subfolder_count"]) == (files[one["id"]], folders[one["id"]])
        beside = Counter((one["parent_id"], one["name"].lower()) for one in shown)
        assert not beside or max(beside.values()) == 1

    @invariant()
    def files_are_where_the_model_has_them(self) -> None:
        if hasattr(self, "model"):
            _, listed = self.ask("GET", FILES)
            there = {file: folder for file, folder in self.model.folder_of.items() if file not in self.model.deleted}
            assert {one["id"]: one["folder_id"] for one in listed["files"]} == there


async def test_folders_are_as_their_model_says_after_any_operations(product: Product) -> None:
    loop = asyncio.get_running_loop()

    def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    bounds = settings(
        max_examples=8,
        stateful_step_count=25,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, lambda: Folders(product, run), settings=bounds)
