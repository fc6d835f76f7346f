"""The slides that are kept: listed, looked at and exported beside the sitting."""

from functools import partial
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.gui.background import Background, Tell
from app.gui.display import Display
from app.gui.main_window import MainWindow
from app.gui.pages import Pages
from app.gui.slide_viewer import SlideViewer
from app.gui.slides_page import NOTHING_KEPT, SlidesPage, identity
from app.gui.theme import THEMES, ThemeName
from app.model.case_records import SlideRecord
from app.session.events import SittingView
from app.slide_export.export import REPORT, SlideExport, export_slide
from app.slide_export.own_folder import own_folder
from app.slide_viewing import ViewedSlide, load_picture, view_slide
from app.storage.cases.reader import slides
from app.storage.cases.store import CaseStore

NO_STORE = "This trial keeps no slides"


class KeptSlides(QObject):
    """Joins the case store and the pages that show what is in it.

    It only reads, and asks nothing of the session: whatever is done here, the slide in work stays
    as it is. All reading and writing of files is done on threads of its own.

    Parameters
    ----------
    window, display
        The main window, and what it was told.
    pages
        Shows the pages.
    store
        Where the slides are kept; None where a trial keeps none.
    theme
        Of the windows.
    """

    def __init__(
        self,
        window: MainWindow,
        display: Display,
        pages: Pages,
        store: CaseStore | None,
        theme: ThemeName = "dark",
    ) -> None:
        super().__init__(window)
        self._window = window
        self._display = display
        self._pages = pages
        self._store = store
        self._listing = Background("slides", self)
        self._viewing = Background("viewing", self)
        self._pictures = Background("field picture", self)
        self._exporting = Background("export", self)
        self._place: Path | None = None
        self._wanted: str | None = None
        self._seen: tuple[str, bool, int] | None = None
        self._viewed: ViewedSlide | None = None
        self.dialog: QFileDialog | None = None
        # A page belongs to nobody until it is opened the first time.
        self.page = SlidesPage()
        self.viewer = SlideViewer(window.keys)
        self._join()
        self.set_theme(theme)
        window.menus.enable("export", possible=False)
        display.looked.connect(self._look)

    def do(self, action: str) -> None:
        """Open the list of slides, or export the slide in work."""
        if self._store is None:
            self._window.say(NO_STORE, "failure")
        elif action == "slides":
            self._pages.open("slides", lambda: self.page)
        else:
            self._export_in_work()

    def set_theme(self, theme: ThemeName) -> None:
        """Take the colors of a theme."""
        self.viewer.set_theme(THEMES[theme])

    def close(self) -> None:
        """End all work; an export that is not at its end leaves nothing behind."""
        for each in (self._listing, self._viewing, self._pictures, self._exporting):
            each.close()
        if self.dialog is not None:
            self.dialog.close()
        for page in (self.page, self.viewer):
            if page.parent() is None:  # else it goes with its window
                page.deleteLater()

    def _join(self) -> None:
        page, viewer = self.page, self.viewer
        page.opened.connect(self.refresh)
        page.view_wanted.connect(self.view)
        page.export_wanted.connect(self.ask_folder)
        page.stop_wanted.connect(self._exporting.stop)
        viewer.field_wanted.connect(self._load_picture)
        viewer.export_wanted.connect(self._export_viewed)
        viewer.back_wanted.connect(self._back_to_live)
        viewer.left.connect(self._leave)

    # The list

    def refresh(self) -> None:
        """List what is kept now."""
        store = self._store
        if store is None:
            self.page.show_empty(NO_STORE)
            return
        self._listing.start(lambda _: slides(store), self._show_slides, self._show_no_list)

    def _show_slides(self, found: object) -> None:
        assert isinstance(found, tuple)
        # What was begun and left, as happens at every look at the program, is no slide to see.
        worth = [each for each in found if each.n_fields]
        if worth:
            self.page.show_slides(worth, self._in_work)
        else:
            self.page.show_empty(NOTHING_KEPT)
        wanted, self._wanted = self._wanted, None
        chosen = next((each for each in worth if identity(each) == wanted), None)
        if wanted is not None and chosen is not None:
            self.page.search("")
            self.page.choose(chosen.id)
            self.ask_folder(chosen)

    def _show_no_list(self, problem: str) -> None:
        self.page.show_empty(problem[:1].upper() + problem[1:])

    @property
    def _in_work(self) -> str | None:
        sitting = self._display.desk.sitting
        return sitting.slide.slide if sitting is not None and sitting.slide is not None else None

    def _look(self, event: object) -> None:
        """See whether the slide in work was finished or opened again, when all of it is kept."""
        if not isinstance(event, SittingView):
            return
        slide = event.slide
        possible = slide is not None and slide.finished and event.unsaved == 0
        self._window.menus.enable("export", possible=possible)
        if slide is None or event.unsaved:
            return
        seen = (slide.slide, slide.finished, len(slide.fields))
        if seen != self._seen:
            self._seen = seen
            if self.page.isVisible():
                self.refresh()

    # A slide that is looked at

    def view(self, slide: SlideRecord) -> None:
        """Open a slide to look at it; the one in work is seen in the main window and nowhere else.

        Finished or not, it is shown as it is kept.
        """
        store = self._store
        assert store is not None
        if slide.status == "open" and identity(slide) == self._in_work:
            text = f"{slide.name} is the slide in work: it stands in the main window"
            self.page.say(text, "warning")
            return
        self._viewed = None
        self.viewer.begin(f"{slide.case} · {slide.name}")
        self._pages.open("viewer", lambda: self.viewer)
        self.viewer.setFocus()
        self._viewing.start(
            lambda tell: view_slide(store, slide.id, tell),
            self._show_viewed,
            lambda problem: self.viewer.show_problem(problem[:1].upper() + problem[1:]),
            told=self._show_viewed,
        )

    def _show_viewed(self, viewed: object) -> None:
        assert isinstance(viewed, ViewedSlide)
        if self.viewer.isVisible():  # else it was left while a field was being loaded
            self._viewed = viewed
            self.viewer.show_slide(viewed)

    def _load_picture(self, field: str) -> None:
        store, viewed = self._store, self._viewed
        assert store is not None
        assert viewed is not None
        self._pictures.start(
            lambda _: load_picture(store, viewed.sitting, field),
            partial(self.viewer.show_picture, field),
            lambda problem: self.viewer.show_problem(problem[:1].upper() + problem[1:]),
        )

    def _back_to_live(self) -> None:
        self.viewer.window().close()
        self._window.activateWindow()
        self._window.picture.setFocus()

    def _leave(self) -> None:
        self._viewing.stop()
        self._viewed = None
        self.viewer.forget()

    # Export

    def ask_folder(self, slide: SlideRecord) -> None:
        """Ask where a slide is to be written; the sitting goes on meanwhile."""
        if self._exporting.busy:
            self.page.say("Another slide is being exported: wait for it, or stop it", "warning")
            return
        dialog = self.dialog = QFileDialog(self.page, "The slide gets a folder of its own in")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Export here")
        documents = platformdirs.user_documents_path()
        usual = documents if documents.is_dir() else Path.home()
        dialog.setDirectory(str(self._place or usual))
        dialog.fileSelected.connect(lambda place: self.export(slide, Path(place)))
        dialog.finished.connect(self._forget_dialog)
        dialog.open()

    def export(self, slide: SlideRecord, place: Path) -> None:
        """Write a slide to a folder of its own, as ``her2scope export`` does."""
        store = self._store
        assert store is not None
        self._place = place
        folder = own_folder(place, slide.case, slide.name)
        name = f"{slide.name} of case {slide.case}"
        self._exporting.start(
            lambda tell: _export(store, slide.id, folder, tell),
            partial(self._exported, name, folder),
            self._not_exported,
            told=lambda progress: self.page.say(f"Exporting {name}: {progress} …"),
            stopped=partial(self._not_exported, "stopped, and nothing was written"),
        )
        self.page.say(f"Exporting {name} …")
        self.page.show_busy(busy=True)

    def _exported(self, name: str, folder: Path, export: object) -> None:
        assert isinstance(export, SlideExport)
        open_yet = "" if export.sitting.record.status == "finished" else ", not finished,"
        text = f"{name}{open_yet} is in {folder}, with {REPORT}"
        self.page.say(text, "good", folder)
        self.page.show_busy(busy=False)
        self._window.say(f"Exported: {text}")

    def _not_exported(self, problem: str) -> None:
        self.page.say(f"Not exported: {problem}", "failure")
        self.page.show_busy(busy=False)
        self._window.say(f"Not exported: {problem}", "failure")

    def _export_in_work(self) -> None:
        sitting = self._display.desk.sitting
        slide = sitting.slide if sitting is not None else None
        if slide is None or not slide.finished:
            self._window.say("Finish the slide first; others are exported from the list", "failure")
            return
        self._export_named(slide.slide)

    def _export_viewed(self) -> None:
        if self._viewed is not None:
            self._export_named(self._viewed.state.slide)

    def _export_named(self, slide: str) -> None:
        """Ask for a folder in the list of slides, where progress and result are told."""
        self._wanted = slide
        if self.page.isVisible():
            self.refresh()
        self._pages.open("slides", lambda: self.page)

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def _export(store: CaseStore, slide_id: int, folder: Path, tell: Tell) -> SlideExport:
    """Export, and take back what was written when the windows want it no more."""
    return export_slide(
        store, slide_id, folder, done=lambda n, of: tell(f"field {n} of {of} is written")
    )
