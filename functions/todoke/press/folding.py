"""Templates compiled for one language: what is the same on every page is worked out once.

Three quarters of a page are sentences, icons and addresses that no record changes. When a template
is compiled, every call of a function of the language with fixed arguments is replaced by its
result, a branch that only the language decides by the branch taken, and a loop over a written-out
list by its rounds. What is left is called directly. The bytes are those of Jinja alone, for which
``tests/press/test_folding.py`` holds every page beside its unfolded twin.
"""

from __future__ import annotations

import copy
import marshal
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import BytecodeCache, Environment, nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import markup_join
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

#: letters that mean something in HTML
_SPECIAL = frozenset("&<>\"'")
#: results that stand in a template as they are
_PLAIN = (str, Markup, bool, int)
#: attributes that Jinja finds before the keys of a table
_OF_A_TABLE = frozenset(dir(dict))
#: rounds of the longest loop that is written out
_MOST_ROUNDS = 12


class Compiled(BytecodeCache):
    """Templates compiled before. A folded template holds sentences and settings, so each is good
    for one ``mark`` of them only."""

    def __init__(self, mark: str, kept: Mapping[str, bytes]) -> None:
        self._mark, self._kept, self._new = mark, kept, dict[str, bytes]()

    @property
    def changed(self) -> bool:
        """Whether ``parts()`` would be others than those it was made of."""
        return bool(self._new)

    def parts(self) -> Mapping[str, bytes]:
        """Everything compiled, to be kept."""
        of_mark = (each for each in self._kept if each.startswith(f"{self._mark}/"))
        before = ((each, self._kept.get(each)) for each in of_mark)  # one may be damaged
        return {**{each: body for each, body in before if body is not None}, **self._new}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What Jinja asks for first."""
        key = self._key(bucket)
        kept = self._new.get(key) or self._kept.get(key)
        if kept is not None:
            bucket.code = marshal.loads(kept)  # noqa: S302 - of a shelf that vouches for it

    def dump_bytecode(self, bucket: Bucket) -> None:
        """What Jinja gives when there was nothing."""
        if bucket.code is not None:
            self._new[self._key(bucket)] = marshal.dumps(bucket.code)

    def _key(self, bucket: Bucket) -> str:
        environment = bucket.environment
        language = environment.language if isinstance(environment, Folding) else ""
        return f"{self._mark}/{language}/{bucket.key}"


class _Direct(CodeGenerator):
    """Calls what a template names without asking whether it wants the context: nothing of ours
    does (``Folding`` looks)."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - Jinja's name
        """``f(a, b=c)`` as Python writes it."""
        if forward_caller or node.dyn_args or node.dyn_kwargs:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for number, each in enumerate((*node.args, *node.kwargs)):
            self.write(", " if number else "")
            self.visit(each, frame)
        self.write(")")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.shown(")


class Folding(Environment):
    """An environment of one language. tongue: what its templates may call or name, among it the
    ``language``."""

    code_generator_class = _Direct

    def __init__(self, tongue: Mapping[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.tongue, self.language = tongue, str(tongue.get("language", ""))
        for name, each in {**tongue, **self.globals}.items():
            if hasattr(each, "jinja_pass_arg"):
                raise TypeError(f"{name} wants the context of the page, which folded calls lack")

    @staticmethod
    def shown(value: Any) -> str:
        """As markup; what needs no escaping is not wrapped either."""
        if type(value) is Markup or (type(value) is str and _SPECIAL.isdisjoint(value)):
            return value
        return escape(value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja does it, without an exception for each key of a table."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_A_TABLE:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        return super()._generate(_Folder(self, source).visit(source), name, filename, defer_init)


class _Folder(NodeTransformer):
    """Works out what is fixed in one template."""

    def __init__(self, environment: Folding, template: nodes.Template) -> None:
        self._environment = environment
        self._context = nodes.EvalContext(environment)
        taken = set(_names_given(template))
        self._known = {k: v for k, v in environment.tongue.items() if k not in taken}
        self._imported = {
            each.target: each.template.value
            for each in template.find_all(nodes.Import)
            if isinstance(each.template, nodes.Const)
            and not each.with_context
            and each.target not in taken - {each.target}
        }

    def generic_visit(self, node: nodes.Node, *args: Any, **options: Any) -> nodes.Node:
        """The inner nodes first; then the node itself, if they are all fixed now."""
        node = super().generic_visit(node, *args, **options)
        if not isinstance(node, nodes.Expr) or isinstance(node, _NEVER):
            return node
        try:
            return self._fixed(node, node.as_const(self._context))
        except Exception:  # not fixed, or wrong: then it is wrong when the page is printed
            return node

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja's name
        """A word of the language."""
        value = self._known.get(node.name)
        return self._fixed(node, value) if node.ctx == "load" else node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 - Jinja's name
        """``city.name``."""
        of = node.node
        if isinstance(of, nodes.Name) and isinstance(self._known.get(of.name), dict):
            return self._fixed(node, self._known[of.name].get(node.attr))
        return self.generic_visit(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Markup stays markup, which ``Concat.as_const`` forgets."""
        super().generic_visit(node)
        values = [each.value for each in node.nodes if isinstance(each, nodes.Const)]
        return self._fixed(node, markup_join(values)) if len(values) == len(node.nodes) else node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        """A function of the language or of an imported file, all its arguments fixed."""
        super().generic_visit(node)
        given = [*node.args, *(each.value for each in node.kwargs)]
        if node.dyn_args or node.dyn_kwargs or not all(isinstance(g, nodes.Const) for g in given):
            return node
        try:
            function = self._function(node.node)
            named = {each.key: each.value.as_const(self._context) for each in node.kwargs}
            values = [each.as_const(self._context) for each in node.args]
            return self._fixed(node, function(*values, **named))
        except (
            Exception
        ):  # it is called again when the page is printed, and then says what is wrong
            return node

    def _function(self, node: nodes.Node) -> Any:
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            file = self._imported[node.node.name]
            return getattr(self._environment.get_template(file).module, node.attr)
        if isinstance(node, nodes.Name):
            return self._known[node.name]
        raise KeyError(node)

    def visit_If(self, node: nodes.If) -> nodes.Node | list[nodes.Node]:  # noqa: N802 - Jinja's name
        """The branch that is always taken."""
        if node.find(nodes.Block):
            return super().generic_visit(node)
        open_branches: list[nodes.If] = []
        otherwise = node.else_
        for branch in (node, *node.elif_):
            test = self.visit(branch.test)
            if isinstance(test, nodes.Const) and test.value:
                otherwise = branch.body
                break
            if not isinstance(test, nodes.Const):
                body = self._all(branch.body)
                open_branches.append(nodes.If(test, body, [], [], lineno=branch.lineno))
        if not open_branches:
            return self._all(otherwise)
        first, *others = open_branches
        first.elif_, first.else_ = others, self._all(otherwise)
        return first

    def visit_For(self, node: nodes.For) -> nodes.Node | list[nodes.Node]:  # noqa: N802 - Jinja's name
        """Every round of a loop over a written-out list."""
        rounds = self._rounds(node)
        if rounds is None:
            return super().generic_visit(node)
        return [
            made
            for values in rounds
            for made in self._all([_with(each, values) for each in node.body])
        ]

    def _rounds(self, node: nodes.For) -> Sequence[Mapping[str, nodes.Node]] | None:
        """For each round the names it gives; None for a loop that only a page can run."""
        own = {each.name for each in node.target.find_all(nodes.Name)}
        if isinstance(node.target, nodes.Name):
            own.add(node.target.name)
        inside = [each for part in node.body for each in (part, *part.find_all(nodes.Node))]
        if (
            node.test
            or node.else_
            or node.recursive
            or any(isinstance(each, _OWN_SCOPE) for each in inside)
            or any(isinstance(each, nodes.Name) and each.name == "loop" for each in inside)
        ):
            return None
        items = _written_out(node.iter)
        if items is None or len(items) > _MOST_ROUNDS:
            return None
        if isinstance(node.target, nodes.Name):
            return [{node.target.name: each} for each in items]
        names = [each.name for each in node.target.find_all(nodes.Name)]
        rows = [each.items for each in items if isinstance(each, nodes.Tuple)]
        if len(rows) != len(items) or any(len(row) != len(names) for row in rows):
            return None
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _all(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        for each in body:
            made = self.visit(each)
            found += made if isinstance(made, list) else [made]
        return found

    def _fixed(self, node: nodes.Node, value: Any) -> nodes.Node:
        if type(value) not in _PLAIN:
            return node
        return nodes.Const(value, lineno=node.lineno, environment=self._environment)


#: expressions that stay: what they hold is no value, or the class above has its own way
_NEVER = (nodes.Const, nodes.TemplateData, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair)
#: statements that give names inside a loop, which its rounds would share
_OWN_SCOPE = (
    nodes.Assign,
    nodes.AssignBlock,
    nodes.For,
    nodes.Macro,
    nodes.CallBlock,
    nodes.Block,
    nodes.With,
    nodes.Import,
    nodes.FromImport,
    nodes.Include,
)


def _names_given(template: nodes.Template) -> Iterator[str]:
    """Names that the template gives itself: they are not the language's there."""
    for name in template.find_all(nodes.Name):
        if name.ctx != "load":
            yield name.name
    for macro in template.find_all(nodes.Macro):
        yield macro.name
    for each in template.find_all(nodes.Import):
        yield each.target
    for some in template.find_all(nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in some.names)


def _written_out(node: nodes.Node) -> Sequence[nodes.Node] | None:
    """The items of a list that stands in the template, or of ``range(1, 5)``."""
    if isinstance(node, nodes.List | nodes.Tuple):
        fixed = all(
            isinstance(each, nodes.Const)
            or (
                isinstance(each, nodes.Tuple)
                and all(isinstance(i, nodes.Const) for i in each.items)
            )
            for each in node.items
        )
        return node.items if fixed else None
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        given = [each.value for each in node.args if isinstance(each, nodes.Const)]
        if node.node.name == "range" and len(given) == len(node.args) and not node.kwargs:
            return [nodes.Const(each, lineno=node.lineno) for each in range(*given)]
    return None


def _with(node: nodes.Node, values: Mapping[str, nodes.Node]) -> nodes.Node:
    """A copy of the node, some names replaced."""
    if isinstance(node, nodes.Name) and node.name in values:
        return values[node.name]
    made = copy.copy(node)
    for name, value in node.iter_fields():
        if isinstance(value, nodes.Node):
            setattr(made, name, _with(value, values))
        elif isinstance(value, list):
            setattr(
                made, name, [_with(e, values) if isinstance(e, nodes.Node) else e for e in value]
            )
    return made
